// bundle.h - makes one script of the page's modules and one sheet of its style sheets, so that a
// visit costs two requests, and not one for each module, level of imports by level. Any thread.
#pragma once

// The text of a file ("/js/app.js"), for the caller to free; NULL: there is no such file.
typedef char *(*hp_bundle_read_fn)(void *arg, const char *path);

struct hp_bundle {
    char *folder; // "/a/<hash of both>": what stands there never changes
    char *script; // all modules that the page's module script leads to: <folder>/page.js
    char *styles; // all style sheets in their order: <folder>/page.css
    char *page; // "/index.html", which loads these two instead
};

// Reads "/index.html" and all that it names. Modules may use what tests/web/layers.test.js allows:
// `import { a, b as c }` and `import * as d`, exports of one class, function or const each, and no
// circles. NULL: the page has no module script, or one that cannot be bundled, which is logged.
struct hp_bundle *hp_bundle_create(hp_bundle_read_fn read, void *arg);
void hp_bundle_destroy(struct hp_bundle *bundle); // NULL is fine

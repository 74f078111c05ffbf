// static.h - the files of a folder, kept in memory. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

struct hp_static;

struct hp_static_file {
    GBytes *data;
    GBytes *gzip; // compressed; NULL: compression would not make it smaller
    char *etag; // strong, of the content; with its quotes
    char *gzip_etag;
    const char *type; // Content-Type
    bool is_immutable; // its path names its content
};

// Loads a folder: at most 2,000 files and 64 MB, no links that lead out of the folder, no file
// whose name begins with a dot. `is_watched`: hp_static_find() looks for changed files. `is_own`:
// it is Hairpin's page, which is served bundled (bundle.h). NULL: the folder cannot be read or is
// too large; the reason has been logged.
struct hp_static *hp_static_create(const char *folder, bool is_watched, bool is_own);
void hp_static_destroy(struct hp_static *files);

// Finds the file of a decoded path ("/a/b.js"; "/" means "/index.html"); NULL: there is none.
// Borrowed until the next call.
const struct hp_static_file *hp_static_find(struct hp_static *files, const char *path);

// Is there a folder with an index at this path, which lacks its last slash?
bool hp_static_has_folder(struct hp_static *files, const char *path);

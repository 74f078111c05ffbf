// static.h - the files of a folder, kept in memory. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

struct hp_static;

struct hp_static_file {
    GBytes *data;
    GBytes *gzip; // compressed; NULL: that would not be smaller
    char *etag; // strong, of the content; with its quotes
    char *gzip_etag;
    const char *type; // Content-Type
};

// Loads a folder: at most 2,000 files and 64 MB, no links that lead out of it, no file whose
// name begins with a dot. is_watched: changed files are noticed by hp_static_find(). NULL: it
// cannot be read or is too large; the reason was logged.
struct hp_static *hp_static_create(const char *folder, bool is_watched);
void hp_static_destroy(struct hp_static *files);

// The file of a decoded path ("/a/b.js", "/" is "/index.html"); NULL: there is none. Borrowed until
// the next call.
const struct hp_static_file *hp_static_find(struct hp_static *files, const char *path);

// Is there a folder with an index of this path, which lacks its last slash?
bool hp_static_has_folder(struct hp_static *files, const char *path);

// static.c - the files of a folder, kept in memory, so that no path can name a file outside.
// Owner: vhost.  Thread: main; loads before the loop runs.
#include "page/static.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define LOG_TAG "static"
#include "base/log.h"
#include "page/bundle.h"

enum {
    MAX_FILES = 2000,
    MAX_DEPTH = 16,
    MAX_BYTES = 64 * 1024 * 1024,
    ETAG_LENGTH = 32, // hex digits of SHA-256
};

struct hp_static {
    char *root; // real path of the folder
    bool is_watched;
    bool is_own;
    GHashTable *files; // path -> struct hp_static_file
    size_t bytes;
    guint64 fingerprint; // of names, sizes and times of the whole folder
};

static const struct {
    const char *suffix;
    const char *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".map", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".xml", "application/xml" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".jpeg", "image/jpeg" },
    { ".gif", "image/gif" },
    { ".webp", "image/webp" },
    { ".avif", "image/avif" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".woff", "font/woff" },
    { ".ttf", "font/ttf" },
    { ".eot", "application/vnd.ms-fontobject" },
    { ".wasm", "application/wasm" },
    { ".mp3", "audio/mpeg" },
    { ".ogg", "audio/ogg" },
    { ".mp4", "video/mp4" },
    { ".webm", "video/webm" },
    { ".pdf", "application/pdf" },
};

static const char *
find_type(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(path, types[i].suffix)) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

static void
destroy_file(void *data)
{
    struct hp_static_file *file = data;
    g_bytes_unref(file->data);
    g_clear_pointer(&file->gzip, g_bytes_unref);
    g_free(file->etag);
    g_free(file->gzip_etag);
    g_free(file);
}

// Compresses a file; NULL: the file does not become smaller.
static GBytes *
compress_bytes(const void *data, size_t size)
{
    z_stream stream = { 0 };
    if (size < 256
            || deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    unsigned char *packed = g_malloc(size);
    stream.next_in = (unsigned char *) (uintptr_t) data;
    stream.avail_in = (uInt) size;
    stream.next_out = packed;
    stream.avail_out = (uInt) size;
    int result = deflate(&stream, Z_FINISH);
    size_t packed_size = stream.total_out;
    deflateEnd(&stream);
    if (result != Z_STREAM_END || packed_size >= size - size / 16) {
        g_free(packed);
        return NULL;
    }
    return g_bytes_new_take(packed, packed_size);
}

static struct hp_static_file *
create_file(const char *path, char *data, size_t size) // data: taken
{
    struct hp_static_file *file = g_new0(struct hp_static_file, 1);
    char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) data, size);
    digest[ETAG_LENGTH] = '\0';
    file->etag = g_strdup_printf("\"%s\"", digest);
    file->gzip = compress_bytes(data, size);
    if (file->gzip != NULL) {
        file->gzip_etag = g_strdup_printf("\"%s-gzip\"", digest);
    }
    file->data = g_bytes_new_take(data, size);
    file->type = find_type(path);
    g_free(digest);
    return file;
}

static bool
read_all(int fd, char *data, size_t size)
{
    for (size_t offset = 0; offset < size;) {
        ssize_t count = read(fd, data + offset, size - offset);
        if (count <= 0) {
            return false;
        }
        offset += (size_t) count;
    }
    return true;
}

static bool
load_file(struct hp_static *files, int fd, const char *path)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return true; // skipped: devices and the like are not served
    }
    size_t size = (size_t) status.st_size;
    if (size > MAX_BYTES - files->bytes || g_hash_table_size(files->files) >= MAX_FILES) {
        log_error("%s holds more than %d files or %d MB: expected the folder of a page",
                files->root, MAX_FILES, MAX_BYTES >> 20);
        return false;
    }
    char *data = g_malloc0(size + 1);
    if (!read_all(fd, data, size)) {
        log_warn("%s%s cannot be read and is not served: expected read access", files->root, path);
        g_free(data);
        return true;
    }
    files->bytes += size;
    g_hash_table_replace(files->files, g_strdup(path), create_file(path, data, size));
    return true;
}

static bool
is_within(const struct hp_static *files, const char *path)
{
    char *full = g_strconcat(files->root, path, NULL);
    char *real = realpath(full, NULL);
    size_t size = strlen(files->root);
    bool is_inside = real != NULL && strncmp(real, files->root, size) == 0
            && (real[size] == '/' || real[size] == '\0');
    free(real);
    g_free(full);
    return is_inside;
}

// Hidden files, and files that only tools of developers read.
static bool
is_private(const char *name)
{
    return name[0] == '.' || g_str_has_suffix(name, ".d.ts") || strcmp(name, "package.json") == 0;
}

typedef bool (*visit_fn)(struct hp_static *files, const char *path, const struct stat *status);

static bool
walk(struct hp_static *files, const char *folder, unsigned depth, visit_fn visit)
{
    char *full = g_strconcat(files->root, folder, NULL);
    struct dirent **entries = NULL;
    int count = depth > MAX_DEPTH ? 0 : scandir(full, &entries, NULL, alphasort);
    bool is_fine = count >= 0;
    if (!is_fine) {
        log_error("the folder %s cannot be read: %s", full, g_strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        char *path = g_strconcat(folder, "/", entries[i]->d_name, NULL);
        char *file = g_strconcat(files->root, path, NULL);
        struct stat status;
        if (is_fine && !is_private(entries[i]->d_name) && stat(file, &status) == 0
                && is_within(files, path)) {
            is_fine = S_ISDIR(status.st_mode) ? walk(files, path, depth + 1, visit)
                                              : visit(files, path, &status);
        }
        g_free(file);
        g_free(path);
        free(entries[i]);
    }
    free(entries);
    g_free(full);
    return is_fine;
}

static void
mix(struct hp_static *files, guint64 value)
{
    files->fingerprint = (files->fingerprint ^ value) * G_GUINT64_CONSTANT(0x100000001b3);
}

static bool
visit_fingerprint(struct hp_static *files, const char *path, const struct stat *status)
{
    mix(files, g_str_hash(path));
    mix(files, (guint64) status->st_size);
    mix(files, (guint64) status->st_mtim.tv_sec);
    mix(files, (guint64) status->st_mtim.tv_nsec);
    return true;
}

static bool
visit_load(struct hp_static *files, const char *path, const struct stat *status)
{
    (void) status;
    char *full = g_strconcat(files->root, path, NULL);
    int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_fine = fd < 0 || load_file(files, fd, path);
    if (fd >= 0) {
        close(fd);
    }
    g_free(full);
    return is_fine;
}

// For hp_bundle_create(); a byte 0 ends a text, which then is not valid JavaScript.
static char *
read_text(void *arg, const char *path)
{
    const struct hp_static *files = arg;
    const struct hp_static_file *file = g_hash_table_lookup(files->files, path);
    gsize size;
    const char *data = file == NULL ? NULL : g_bytes_get_data(file->data, &size);
    return file == NULL ? NULL : g_strndup(data, size);
}

static void
add_text(struct hp_static *files, const char *folder, const char *name, const char *text)
{
    char *path = g_strconcat(folder, name, NULL);
    struct hp_static_file *file = create_file(path, g_strdup(text), strlen(text));
    file->is_immutable = folder[0] != '\0';
    g_hash_table_replace(files->files, path, file);
}

static void
add_bundle(struct hp_static *files)
{
    struct hp_bundle *bundle = hp_bundle_create(read_text, files);
    if (bundle != NULL) {
        add_text(files, bundle->folder, "/page.js", bundle->script);
        add_text(files, bundle->folder, "/page.css", bundle->styles);
        add_text(files, "", "/index.html", bundle->page);
    }
    hp_bundle_destroy(bundle);
}

static bool
load(struct hp_static *files)
{
    g_hash_table_remove_all(files->files);
    files->bytes = 0;
    bool is_fine = walk(files, "", 0, visit_load);
    if (is_fine && files->is_own) {
        add_bundle(files);
    }
    return is_fine;
}

static void
reload(struct hp_static *files)
{
    guint64 before = files->fingerprint;
    files->fingerprint = 0;
    walk(files, "", 0, visit_fingerprint);
    if (files->fingerprint != before) {
        load(files);
    }
}

struct hp_static *
hp_static_create(const char *folder, bool is_watched, bool is_own)
{
    struct hp_static *files = g_new0(struct hp_static, 1);
    char *root = realpath(folder, NULL);
    files->is_watched = is_watched;
    files->is_own = is_own;
    files->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, destroy_file);
    files->root = g_strdup(root == NULL ? folder : root);
    free(root);
    if (is_watched) {
        walk(files, "", 0, visit_fingerprint);
    }
    if (!load(files)) {
        hp_static_destroy(files);
        return NULL;
    }
    return files;
}

void
hp_static_destroy(struct hp_static *files)
{
    if (files == NULL) {
        return;
    }
    g_hash_table_destroy(files->files);
    g_free(files->root);
    g_free(files);
}

const struct hp_static_file *
hp_static_find(struct hp_static *files, const char *path)
{
    if (files->is_watched) {
        reload(files);
    }
    if (!g_str_has_suffix(path, "/")) {
        return g_hash_table_lookup(files->files, path);
    }
    char *index = g_strconcat(path, "index.html", NULL);
    const struct hp_static_file *file = g_hash_table_lookup(files->files, index);
    g_free(index);
    return file;
}

bool
hp_static_has_folder(struct hp_static *files, const char *path)
{
    char *index = g_strconcat(path, "/index.html", NULL);
    bool has = path[0] == '/' && g_hash_table_contains(files->files, index);
    g_free(index);
    return has;
}

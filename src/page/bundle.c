// bundle.c - one script of the page's modules: each becomes a function that returns its exports and
// is called once, those that it imports before it. One sheet of its style sheets.
// Owner: static.  Thread: any.
#include "page/bundle.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "bundle"
#include "base/log.h"

enum {
    HASH_LENGTH = 16, // hex digits of SHA-256
};

static const char unfit[] = "the page is served module by module, which takes it longer to load";

// Lines that are nothing but a comment: a fourth of what a visit transfers.
static const char comment_pattern[] =
        "^[ \\t]*(?:/\\*(?:[^*]++|\\*(?!/))*+\\*/[ \\t]*|//[^\\n]*)\\n";
static const char import_pattern[] =
        "^import\\s*(?:\\{([^}]*)\\}|\\*\\s*as\\s+(\\w+))\\s*from\\s*\"(\\.[^\"]*)\";$";
static const char export_pattern[] = "^export ((?:async )?(?:class|const|function\\*?)) (\\w+)";
static const char sheet_pattern[] = "^[ \\t]*<link rel=\"stylesheet\" href=\"([^\":]+)\">\\n";
static const char script_pattern[] = "<script type=\"module\" src=\"([^\":]+)\">";

struct maker {
    hp_bundle_read_fn read;
    void *arg;
    GRegex *comment;
    GRegex *import;
    GRegex *export;
    GHashTable *done; // paths of modules: "" while those that they import are added
    GString *script;
    GString *exports; // of the module that is being written
    const char *path; // of that module
};

static GRegex *
compile(const char *pattern)
{
    return g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
}

// "../lib/icon.js" in "/js/ui/dock.js" is "/js/lib/icon.js".
static char *
resolve(const char *path, const char *target)
{
    char *folder = g_path_get_dirname(path);
    char *resolved = g_canonicalize_filename(target, folder);
    g_free(folder);
    return resolved;
}

static gboolean
write_import(const GMatchInfo *match, GString *result, gpointer data)
{
    struct maker *maker = data;
    char *names = g_match_info_fetch(match, 1);
    char *space = g_match_info_fetch(match, 2);
    char *target = g_match_info_fetch(match, 3);
    char *path = resolve(maker->path, target);
    GString *bound = g_string_new(names);
    g_string_replace(bound, " as ", ": ", 0);
    if (space[0] != '\0') {
        g_string_append_printf(result, "const %s = hpModules[\"%s\"];", space, path);
    } else {
        g_string_append_printf(result, "const {%s} = hpModules[\"%s\"];", bound->str, path);
    }
    g_string_free(bound, TRUE);
    g_free(path);
    g_free(target);
    g_free(space);
    g_free(names);
    return FALSE;
}

static gboolean
write_export(const GMatchInfo *match, GString *result, gpointer data)
{
    struct maker *maker = data;
    char *kind = g_match_info_fetch(match, 1);
    char *name = g_match_info_fetch(match, 2);
    g_string_append_printf(result, "%s %s", kind, name);
    g_string_append_printf(maker->exports, "%s, ", name);
    g_free(name);
    g_free(kind);
    return FALSE;
}

// Writes a module whose imports have been written. False: it holds what cannot be bundled.
static bool
write_module(struct maker *maker, const char *path, const char *text)
{
    maker->path = path;
    g_string_truncate(maker->exports, 0);
    char *bound = g_regex_replace_eval(maker->import, text, -1, 0, 0, write_import, maker, NULL);
    char *code = g_regex_replace_eval(maker->export, bound, -1, 0, 0, write_export, maker, NULL);
    bool is_fit = !g_regex_match_simple("^(import|export)\\b", code, G_REGEX_MULTILINE, 0);
    if (is_fit) {
        g_string_append_printf(maker->script,
                "hpModules[\"%s\"] = (() => {\n%s\nreturn { %s};\n})();\n", path, code,
                maker->exports->str);
    } else {
        log_warn("%s imports or exports in a way that cannot be bundled: %s", path, unfit);
    }
    g_free(code);
    g_free(bound);
    return is_fit;
}

static bool add_module(struct maker *maker, const char *path);

static bool
add_imports(struct maker *maker, const char *path, const char *text)
{
    GMatchInfo *match;
    bool is_fit = true;
    g_regex_match(maker->import, text, 0, &match);
    while (is_fit && g_match_info_matches(match)) {
        char *target = g_match_info_fetch(match, 3);
        char *imported = resolve(path, target);
        is_fit = add_module(maker, imported);
        g_free(imported);
        g_free(target);
        g_match_info_next(match, NULL);
    }
    g_match_info_free(match);
    return is_fit;
}

// The text of a module without its comments; NULL: it is not there, or not UTF-8.
static char *
read_module(struct maker *maker, const char *path)
{
    char *text = maker->read(maker->arg, path);
    char *code = text == NULL || !g_utf8_validate(text, -1, NULL)
            ? NULL
            : g_regex_replace_literal(maker->comment, text, -1, 0, "", 0, NULL);
    g_free(text);
    return code;
}

static bool
add_module(struct maker *maker, const char *path)
{
    const char *state = g_hash_table_lookup(maker->done, path);
    if (state != NULL && state[0] != '\0') {
        return true;
    }
    char *text = state != NULL ? NULL : read_module(maker, path);
    if (text == NULL) {
        const char *what = state != NULL ? "imports itself, by others" : "is no text in UTF-8";
        log_warn("%s %s: %s", path, what, unfit);
        return false;
    }
    g_hash_table_replace(maker->done, g_strdup(path), (void *) "");
    bool is_fit = add_imports(maker, path, text) && write_module(maker, path, text);
    g_hash_table_replace(maker->done, g_strdup(path), (void *) "done");
    g_free(text);
    return is_fit;
}

// NULL: it cannot be made.
static char *
make_script(hp_bundle_read_fn read, void *arg, const char *path)
{
    struct maker maker = { .read = read, .arg = arg };
    maker.comment = compile(comment_pattern);
    maker.import = compile(import_pattern);
    maker.export = compile(export_pattern);
    maker.done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    maker.script = g_string_new("const hpModules = {};\n");
    maker.exports = g_string_new(NULL);
    bool is_fit = add_module(&maker, path);
    g_regex_unref(maker.comment);
    g_regex_unref(maker.import);
    g_regex_unref(maker.export);
    g_hash_table_destroy(maker.done);
    g_string_free(maker.exports, TRUE);
    return g_string_free(maker.script, !is_fit);
}

struct sheets {
    hp_bundle_read_fn read;
    void *arg;
    GString *styles;
    bool is_fit;
};

// Puts the one sheet where the first stood; of the others nothing is left.
static gboolean
write_sheet(const GMatchInfo *match, GString *result, gpointer data)
{
    struct sheets *sheets = data;
    char *target = g_match_info_fetch(match, 1);
    char *path = resolve("/index.html", target);
    char *text = sheets->read(sheets->arg, path);
    if (sheets->styles->len == 0) {
        g_string_append(result, "    <link rel=\"stylesheet\" href=\"./page.css\">\n");
    }
    if (text == NULL) {
        log_warn("%s is named by the page and not there: %s", path, unfit);
        sheets->is_fit = false;
    } else {
        g_string_append_printf(sheets->styles, "%s\n", text);
    }
    g_free(text);
    g_free(path);
    g_free(target);
    return FALSE;
}

// Fills styles and page; the page's links still lack the folder.
static bool
make_styles(struct hp_bundle *bundle, hp_bundle_read_fn read, void *arg, const char *html)
{
    struct sheets sheets = { read, arg, g_string_new(NULL), true };
    GRegex *sheet = compile(sheet_pattern);
    bundle->page = g_regex_replace_eval(sheet, html, -1, 0, 0, write_sheet, &sheets, NULL);
    bundle->styles = g_string_free(sheets.styles, FALSE);
    g_regex_unref(sheet);
    return sheets.is_fit && bundle->page != NULL;
}

// The path of the page's one module script; NULL: it has none.
static char *
find_script(const char *html)
{
    GRegex *script = compile(script_pattern);
    GMatchInfo *match;
    char *path = NULL;
    if (g_regex_match(script, html, 0, &match)) {
        char *target = g_match_info_fetch(match, 1);
        path = resolve("/index.html", target);
        g_free(target);
    }
    g_match_info_free(match);
    g_regex_unref(script);
    return path;
}

static char *
name_folder(const struct hp_bundle *bundle)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *) bundle->script, -1);
    g_checksum_update(sum, (const guchar *) bundle->styles, -1);
    char *folder = g_strdup_printf("/a/%.*s", HASH_LENGTH, g_checksum_get_string(sum));
    g_checksum_free(sum);
    return folder;
}

// The links stay relative: the page may stand below a prefix of a proxy.
static void
link_page(struct hp_bundle *bundle)
{
    char *styles = g_strdup_printf("href=\"%s/page.css\"", bundle->folder + 1);
    char *script =
            g_strdup_printf("<script type=\"module\" src=\"%s/page.js\">", bundle->folder + 1);
    GRegex *regex = compile(script_pattern);
    char *linked = g_regex_replace_literal(regex, bundle->page, -1, 0, script, 0, NULL);
    GString *page = g_string_new(linked);
    g_string_replace(page, "href=\"./page.css\"", styles, 1);
    g_free(bundle->page);
    bundle->page = g_string_free(page, FALSE);
    g_regex_unref(regex);
    g_free(linked);
    g_free(script);
    g_free(styles);
}

struct hp_bundle *
hp_bundle_create(hp_bundle_read_fn read, void *arg)
{
    struct hp_bundle *bundle = g_new0(struct hp_bundle, 1);
    char *html = read(arg, "/index.html");
    char *start = html == NULL || !g_utf8_validate(html, -1, NULL) ? NULL : find_script(html);
    bool is_fit = start != NULL && make_styles(bundle, read, arg, html);
    if (is_fit) {
        bundle->script = make_script(read, arg, start);
        is_fit = bundle->script != NULL;
    }
    g_free(start);
    g_free(html);
    if (!is_fit) {
        hp_bundle_destroy(bundle);
        return NULL;
    }
    bundle->folder = name_folder(bundle);
    link_page(bundle);
    return bundle;
}

void
hp_bundle_destroy(struct hp_bundle *bundle)
{
    if (bundle == NULL) {
        return;
    }
    g_free(bundle->folder);
    g_free(bundle->script);
    g_free(bundle->styles);
    g_free(bundle->page);
    g_free(bundle);
}

// settings.c - all options of the server and its plugins, each with its value and where the value
// came from.
// Owner: app.  Thread: main, before the server starts.
#include "config/settings.h"

#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "base/options.h"
#include "config/arguments.h"
#include "config/load.h"
#include "config/names.h"
#include "config/neko_names.h"
#include "config/option_value.h"
#include "config/yaml.h"

enum {
    MAX_SHOWN = 80 // characters of an unknown name that a note shows
};

struct hp_settings {
    GArray *rows; // struct hp_setting
    GPtrArray *notes;
    enum hp_settings_action action;
};

struct hp_settings *
hp_settings_create(void)
{
    struct hp_settings *settings = g_new0(struct hp_settings, 1);
    settings->rows = g_array_new(FALSE, FALSE, sizeof(struct hp_setting));
    settings->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(settings->notes, NULL);
    return settings;
}

void
hp_settings_destroy(struct hp_settings *settings)
{
    if (settings == NULL) {
        return;
    }
    for (guint i = 0; i < settings->rows->len; i++) {
        struct hp_setting *setting = &g_array_index(settings->rows, struct hp_setting, i);
        hp_option_clear(setting->row, setting->base);
        g_free(setting->source);
    }
    g_array_free(settings->rows, TRUE);
    g_ptr_array_free(settings->notes, TRUE);
    g_free(settings);
}

char **
hp_settings_get_notes(struct hp_settings *settings)
{
    return (char **) settings->notes->pdata;
}

void
hp_settings_add(struct hp_settings *settings, const struct hp_option *rows, void *values)
{
    for (const struct hp_option *row = rows; row->name != NULL; row++) {
        struct hp_setting setting = { .row = row, .base = values };
        g_array_append_val(settings->rows, setting);
    }
}

static bool
load_defaults(struct hp_load *load)
{
    for (guint i = 0; i < load->rows->len; i++) {
        struct hp_setting *setting = &g_array_index(load->rows, struct hp_setting, i);
        const struct hp_option *row = setting->row;
        const char *fallback = row->fallback;
        if (fallback == NULL) {
            fallback = row->type == HP_OPTION_BOOL                                  ? "false"
                    : row->type == HP_OPTION_INT || row->type == HP_OPTION_DURATION ? "0"
                                                                                    : "";
        }
        if (!hp_load_set_text(load, setting, fallback, g_strdup("default"))) {
            return false;
        }
    }
    return true;
}

static bool
is_later_key(const char *name)
{
    char *variable = hp_names_variable(name);
    bool is_later = hp_neko_is_later(name) || (variable != NULL && hp_neko_is_later(variable));
    g_free(variable);
    return is_later;
}

// Tells that the key has no effect, unless its value asks for what is the case anyway.
static void
note_later_key(struct hp_load *load, const char *name, const json_t *value)
{
    char *text = hp_names_copy_text(value);
    if (!hp_neko_is_met(name, text)) {
        hp_load_note(load, g_strdup_printf("%s (file) is not there yet and has no effect", name));
    }
    g_free(text);
}

static bool load_node(
        struct hp_load *load, const char *prefix, const char *source, json_t *object);

static bool
load_key(struct hp_load *load, const char *name, const char *source, json_t *value)
{
    struct hp_setting *setting = hp_load_find(load, name);
    bool is_good = true;
    if (setting != NULL) {
        return hp_load_set(load, setting, value, g_strdup(source));
    }
    if (json_is_null(value)) { // an empty section is fine
        return true;
    }
    if (is_later_key(name)) {
        note_later_key(load, name, value);
    } else if (hp_load_set_neko_key(load, name, value, source, &is_good)) {
        return is_good;
    } else if (json_is_object(value)) {
        return load_node(load, name, source, value);
    } else if (load->mode == HP_SETTINGS_STRICT) {
        char *safe = hp_log_quote(name, MAX_SHOWN);
        hp_load_note(load,
                g_strdup_printf(
                        "%s (file) is no option and has no effect, see --help", safe));
        g_free(safe);
    }
    return true;
}

static bool
load_node(struct hp_load *load, const char *prefix, const char *source, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char *name = prefix == NULL ? g_strdup(key) : g_strconcat(prefix, ".", key, NULL);
        bool is_good = load_key(load, name, source, value);
        g_free(name);
        if (!is_good) {
            return false;
        }
    }
    return true;
}

// The keys of Neko's version 2 first, so that those of version 3 beat them.
static bool
load_root(struct hp_load *load, const char *source, json_t *root)
{
    GHashTable *names = hp_names_take_keys(load, root);
    bool is_good = hp_names_load(load, names, source) && load_node(load, NULL, source, root);
    g_hash_table_destroy(names);
    return is_good;
}

static bool
load_file(struct hp_load *load, const char *path)
{
    char *text = NULL;
    gsize size = 0;
    GError *problem = NULL;
    if (path == NULL) {
        return true;
    }
    if (!g_file_get_contents(path, &text, &size, &problem)) {
        g_string_printf(load->error, "config = \"%s\": expected a readable file: %s", path,
                problem->message);
        g_error_free(problem);
        return false;
    }
    char *reason = NULL;
    json_t *root = hp_yaml_parse(text, size, &reason);
    bool is_good = json_is_object(root);
    if (!is_good) {
        g_string_printf(load->error, "file %s: %s", path,
                reason == NULL ? "expected options like \"server:\" with \"bind: ..\" below"
                               : reason);
    }
    char *source = g_strdup_printf("file %s", path);
    is_good = is_good && load_root(load, source, root);
    json_decref(root);
    g_free(source);
    g_free(reason);
    g_free(text);
    return is_good;
}

// The path of the file, borrowed from its source; NULL: there is none.
static const char *
find_path(GHashTable *environment, const struct hp_settings_input *input)
{
    static const char *const places[] = { "/etc/hairpin/hairpin.yaml", "/etc/neko/neko.yaml",
        "/etc/neko/neko.yml" };
    const char *path = hp_names_find(environment, "HAIRPIN_CONFIG");
    path = path == NULL ? hp_names_find(environment, "NEKO_CONFIG") : path;
    for (int i = 0; i < input->argument_count; i++) {
        const char *argument = input->arguments[i];
        bool is_name = strcmp(argument, "--config") == 0 || strcmp(argument, "-c") == 0;
        if (is_name && i + 1 < input->argument_count) {
            path = input->arguments[i + 1];
        } else if (g_str_has_prefix(argument, "--config=")) {
            path = argument + strlen("--config=");
        }
    }
    for (size_t i = 0; path == NULL && i < G_N_ELEMENTS(places); i++) {
        path = g_file_test(places[i], G_FILE_TEST_IS_REGULAR) ? places[i] : NULL;
    }
    return path;
}

char *
hp_settings_load(struct hp_settings *settings, const struct hp_settings_input *input,
        enum hp_settings_mode mode)
{
    struct hp_load load = { .rows = settings->rows,
        .notes = settings->notes,
        .mode = mode,
        .error = g_string_new(NULL) };
    GHashTable *environment = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (char **line = input->environment; line != NULL && *line != NULL; line++) {
        char *equals = strchr(*line, '=');
        if (equals != NULL) {
            g_hash_table_insert(environment, g_strndup(*line, (gsize) (equals - *line)),
                    g_strdup(equals + 1));
        }
    }
    settings->action = hp_arguments_find_action(input);
    bool is_good = load_defaults(&load) && load_file(&load, find_path(environment, input))
            && hp_names_load(&load, environment, NULL) && hp_arguments_load(&load, input);
    if (mode == HP_SETTINGS_STRICT) {
        hp_names_note_unknown(&load, environment);
    }
    g_hash_table_destroy(environment);
    return g_string_free(load.error, is_good);
}

enum hp_settings_action
hp_settings_get_action(const struct hp_settings *settings)
{
    return settings->action;
}

const struct hp_setting *
hp_settings_get(const struct hp_settings *settings, unsigned index)
{
    return index < settings->rows->len ? &g_array_index(settings->rows, struct hp_setting, index)
                                       : NULL;
}

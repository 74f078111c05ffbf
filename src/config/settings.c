// settings.c - all options of the server and its plugins, each with its value and where the value
// came from.
// Owner: app.  Thread: main, before the server starts.
#include "config/settings.h"

#include <string.h>

#include <glib.h>

#include "base/options.h"
#include "config/neko_names.h"
#include "config/option_value.h"
#include "config/yaml.h"

enum {
    MAX_SHOWN = 80
}; // letters of a wrong value that an error shows

struct hp_settings {
    GArray *rows; // struct hp_setting
    GPtrArray *notes;
    enum hp_settings_action action;
    char *path; // the configuration file; NULL: none
};

struct load {
    struct hp_settings *settings;
    GHashTable *environment; // name -> value
    enum hp_settings_mode mode;
    GString *error; // empty: no error so far
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
    g_free(settings->path);
    g_free(settings);
}

// The variable of an option: HAIRPIN_SERVER_BIND for server.bind. Free it with g_free().
static char *
environment_name(const char *option_name)
{
    char *upper = g_ascii_strup(option_name, -1);
    char *name = g_strconcat("HAIRPIN_", g_strdelimit(upper, ".", '_'), NULL);
    g_free(upper);
    return name;
}

static void
// Takes the text.
note(struct hp_settings *settings, char *text) // taken
{
    for (guint i = 0; i + 1 < settings->notes->len; i++) {
        if (strcmp(settings->notes->pdata[i], text) == 0) {
            g_free(text);
            return;
        }
    }
    settings->notes->pdata[settings->notes->len - 1] = text;
    g_ptr_array_add(settings->notes, NULL);
}

char **
hp_settings_get_notes(struct hp_settings *settings)
{
    return (char **) settings->notes->pdata;
}

static struct hp_setting *
find(struct hp_settings *settings, const char *name)
{
    for (guint i = 0; i < settings->rows->len; i++) {
        struct hp_setting *setting = &g_array_index(settings->rows, struct hp_setting, i);
        if (strcmp(setting->row->name, name) == 0) {
            return setting;
        }
    }
    return NULL;
}

static char *
show_value(const struct hp_option *row, const json_t *value)
{
    bool is_hidden =
            row->is_secret || row->type == HP_OPTION_ICE_SERVERS || row->type == HP_OPTION_JSON;
    if (is_hidden || !json_is_string(value)) {
        return g_strdup("");
    }
    char *safe = g_strescape(json_string_value(value), NULL);
    char *shown = g_strdup_printf(" = \"%.*s\"", MAX_SHOWN, safe);
    g_free(safe);
    return shown;
}

// Sets one option. `source` (taken) says where the value was found.
static bool
set(struct load *load, struct hp_setting *setting, const json_t *value, char *source)
{
    const struct hp_option *row = setting->row;
    const char *text = json_string_value(value); // NULL: the value is no text
    if (text != NULL && hp_neko_is_later_value(row->name, text)) {
        note(load->settings,
                g_strdup_printf("%s = %s (%s) is not there yet and has no effect", row->name, text,
                        source));
        g_free(source);
        return true;
    }
    GString *problem = g_string_new(NULL);
    const char *same = text == NULL ? NULL : hp_neko_same_value(row->name, text);
    json_t *own = same == text ? json_incref((json_t *) value) : json_string(same);
    bool is_good = hp_option_set(row, setting->base, own, problem);
    json_decref(own);
    if (is_good) {
        g_free(setting->source);
        setting->source = source;
    } else {
        char *shown = show_value(row, value);
        g_string_printf(load->error, "%s%s (%s): %s", row->name, shown, source, problem->str);
        g_free(shown);
        g_free(source);
    }
    g_string_free(problem, TRUE);
    return is_good;
}

// Sets the options that correspond to a key of Neko with another name. False: there is no such key.
static bool
set_neko_key(
        struct load *load, const char *name, const json_t *value, const char *source, bool *is_good)
{
    const struct hp_neko_key *key = hp_neko_find_key(name);
    if (key == NULL || json_is_object(value)) {
        return false;
    }
    bool is_on = json_is_true(value) || hp_neko_is_true(json_string_value(value));
    if (key->if_true != NULL && !is_on) {
        return true;
    }
    json_t *own = key->if_true == NULL ? json_incref((json_t *) value) : json_string(key->if_true);
    for (size_t i = 0; i < G_N_ELEMENTS(key->options) && key->options[i] != NULL; i++) {
        struct hp_setting *setting = find(load->settings, key->options[i]);
        *is_good = *is_good && (setting == NULL || set(load, setting, own, g_strdup(source)));
    }
    json_decref(own);
    return true;
}

static bool
set_text(struct load *load, struct hp_setting *setting, const char *text, char *source)
{
    json_t *value = json_string(text);
    if (value == NULL) {
        g_string_printf(load->error, "%s (%s): expected UTF-8", setting->row->name, source);
        g_free(source);
        return false;
    }
    bool is_good = set(load, setting, value, source);
    json_decref(value);
    return is_good;
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
load_defaults(struct load *load)
{
    GArray *rows = load->settings->rows;
    for (guint i = 0; i < rows->len; i++) {
        struct hp_setting *setting = &g_array_index(rows, struct hp_setting, i);
        const struct hp_option *row = setting->row;
        const char *fallback = row->fallback;
        if (fallback == NULL) {
            fallback = row->type == HP_OPTION_BOOL                                  ? "false"
                    : row->type == HP_OPTION_INT || row->type == HP_OPTION_DURATION ? "0"
                                                                                    : "";
        }
        if (!set_text(load, setting, fallback, g_strdup("default"))) {
            return false;
        }
    }
    return true;
}

static bool
load_node(struct load *load, const char *prefix, const char *source, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char *name = prefix == NULL ? g_strdup(key) : g_strconcat(prefix, ".", key, NULL);
        struct hp_setting *setting = find(load->settings, name);
        bool is_good = true;
        if (setting != NULL) {
            is_good = set(load, setting, value, g_strdup(source));
        } else if (json_is_null(value)) {
            ; // an empty section is fine
        } else if (hp_neko_is_later(name)) {
            note(load->settings,
                    g_strdup_printf("%s (file) is not there yet and has no effect", name));
        } else if (set_neko_key(load, name, value, source, &is_good)) {
            ;
        } else if (json_is_object(value)) {
            is_good = load_node(load, name, source, value);
        } else if (load->mode == HP_SETTINGS_STRICT) {
            g_string_printf(load->error, "%s (%s): no such option, see --help", name, source);
            is_good = false;
        }
        g_free(name);
        if (!is_good) {
            return false;
        }
    }
    return true;
}

static bool
load_file(struct load *load)
{
    const char *path = load->settings->path;
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
    is_good = is_good && load_node(load, NULL, source, root);
    json_decref(root);
    g_free(source);
    g_free(reason);
    g_free(text);
    return is_good;
}

static const char *
look_up(void *arg, const char *name)
{
    struct load *load = arg;
    const char *text = g_hash_table_lookup(load->environment, name);
    return text == NULL || *text == '\0' ? NULL : text; // empty counts as unset, as with Neko
}

static bool
set_from_environment(
        struct load *load, struct hp_setting *setting, const char *name, const char *text)
{
    if (hp_neko_is_fallback(name, text)) {
        note(load->settings, g_strdup_printf(
                "%s = %s is no valid value: the default is used", name, text));
        return true;
    }
    return set_text(load, setting, text, g_strdup_printf("environment %s", name));
}

// The weakest first: translated names, then the names of the row from its last to its first.
static bool
load_environment(struct load *load)
{
    GArray *special = hp_neko_translate(look_up, load);
    bool is_good = true;
    for (guint i = 0; i < special->len; i++) {
        struct hp_neko_value *value = &g_array_index(special, struct hp_neko_value, i);
        struct hp_setting *setting = find(load->settings, value->option);
        is_good = is_good
                && (setting == NULL
                        || set_from_environment(load, setting, value->name, value->text));
        g_free(value->text);
    }
    g_array_free(special, TRUE);
    for (guint i = 0; is_good && i < load->settings->rows->len; i++) {
        struct hp_setting *setting = &g_array_index(load->settings->rows, struct hp_setting, i);
        char *own = environment_name(setting->row->name);
        char *all = g_strjoin(" ", own, setting->row->neko, NULL);
        char **names = g_strsplit(all, " ", -1);
        for (char **name = names; *name != NULL; name++) {
            const char *text = look_up(load, *name);
            bool is_special = strcmp(*name, "NEKO_ICESERVERS") == 0
                    // NEKO_ICESERVER was joined by the translation
                    && look_up(load, "NEKO_ICESERVER") != NULL;
            if (text != NULL && !is_special) {
                is_good = set_from_environment(load, setting, *name, text);
                break;
            }
        }
        g_strfreev(names);
        g_free(all);
        g_free(own);
    }
    return is_good;
}

static bool
is_name_of_row(struct hp_settings *settings, const char *name)
{
    for (guint i = 0; i < settings->rows->len; i++) {
        const struct hp_option *row = g_array_index(settings->rows, struct hp_setting, i).row;
        char *own = environment_name(row->name);
        char **names = g_strsplit(row->neko == NULL ? "" : row->neko, " ", -1);
        bool is_found =
                strcmp(own, name) == 0 || g_strv_contains((const char *const *) names, name);
        g_strfreev(names);
        g_free(own);
        if (is_found) {
            return true;
        }
    }
    return false;
}

// Reports variables that no option reads, so that a typing error shows.
static void
note_unknown_variables(struct load *load)
{
    static const char *const special[] = { "NEKO_LOCKS", "NEKO_VP8", "NEKO_VP9", "NEKO_AV1",
        "NEKO_H264", "NEKO_VIDEO", "NEKO_AUDIO", "NEKO_ICESERVER", "NEKO_DEBUG", "NEKO_CONFIG",
        "HAIRPIN_CONFIG", NULL };
    GList *names = g_list_sort(g_hash_table_get_keys(load->environment), (GCompareFunc) strcmp);
    for (const GList *item = names; item != NULL; item = item->next) {
        const char *name = item->data;
        const char *value = g_hash_table_lookup(load->environment, name);
        bool is_ours = g_str_has_prefix(name, "HAIRPIN_") || g_str_has_prefix(name, "NEKO_");
        if (!is_ours || *value == '\0' || g_strv_contains(special, name)
                || is_name_of_row(load->settings, name)) {
            continue;
        }
        note(load->settings,
                g_strdup_printf("%s %s", name,
                        hp_neko_is_later(name) ? "is not there yet and has no effect"
                                               : "is no option and has no effect, see --help"));
    }
    g_list_free(names);
}

static bool
read_action(struct hp_settings *settings, const char *argument)
{
    static const char *const names[] = { [HP_SETTINGS_HELP] = "--help",
        [HP_SETTINGS_VERSION] = "--version",
        [HP_SETTINGS_CHECK] = "--check",
        [HP_SETTINGS_PRINT_CONFIG] = "--print-config",
        [HP_SETTINGS_PRINT_SAMPLE] = "--print-sample",
        [HP_SETTINGS_PRINT_REFERENCE] = "--print-reference" };
    if (strcmp(argument, "-h") == 0) {
        settings->action = HP_SETTINGS_HELP;
        return true;
    }
    for (int i = HP_SETTINGS_HELP; i <= HP_SETTINGS_PRINT_REFERENCE; i++) {
        if (strcmp(argument, names[i]) == 0) {
            settings->action = (enum hp_settings_action) i;
            return true;
        }
    }
    return false;
}

// An argument that names no option. It may be a key of Neko, or an option of a plugin whose rows
// are not added yet. Returns the number of arguments used; 0: the error is set.
static int
load_foreign_argument(struct load *load, const char *name, const char *attached, const char *next)
{
    const char *key = g_str_has_prefix(name, "--") ? name + 2 : name;
    const struct hp_neko_key *foreign = hp_neko_find_key(key);
    bool is_switch = foreign != NULL && foreign->if_true != NULL;
    next = is_switch ? NULL : next;
    const char *text = attached != NULL ? attached : next != NULL ? next : "true";
    json_t *value = json_string(text);
    bool is_good = true;
    if (hp_neko_is_later(key)) {
        note(load->settings, g_strdup_printf("%s is not there yet and has no effect", name));
    } else if ((value == NULL || !set_neko_key(load, key, value, "command line", &is_good))
            && load->mode == HP_SETTINGS_STRICT) {
        g_string_printf(load->error, "%s: no such option, see --help", name);
        is_good = false;
    }
    json_decref(value);
    return !is_good ? 0 : attached == NULL && next != NULL ? 2 : 1;
}

// Reads one option of the command line: --name=value, --name value, --switch. Returns the number of
// arguments used; 0: the error is set.
static int
load_argument(struct load *load, char **arguments, int count)
{
    const char *argument = arguments[0];
    const char *equals = strchr(argument, '=');
    char *name =
            equals == NULL ? g_strdup(argument) : g_strndup(argument, (gsize) (equals - argument));
    bool is_config = strcmp(name, "--config") == 0 || strcmp(name, "-c") == 0;
    struct hp_setting *setting =
            g_str_has_prefix(name, "--") ? find(load->settings, name + 2) : NULL;
    bool is_switch = setting != NULL && setting->row->type == HP_OPTION_BOOL && equals == NULL;
    const char *value = equals != NULL ? equals + 1
            : is_switch                ? "true"
            : count > 1                ? arguments[1]
                                       : NULL;
    int used = equals != NULL || is_switch ? 1 : 2;
    if (setting == NULL && !is_config) {
        used = load_foreign_argument(load, name, equals == NULL ? NULL : equals + 1,
                equals == NULL && count > 1 && arguments[1][0] != '-' ? arguments[1] : NULL);
    } else if (value == NULL) {
        g_string_printf(load->error, "%s: expected a value as the next argument", name);
        used = 0;
    } else if (!is_config && !set_text(load, setting, value, g_strdup("command line"))) {
        used = 0;
    }
    g_free(name);
    return used;
}

static bool
load_arguments(struct load *load, const struct hp_settings_input *input)
{
    for (int i = 0; i < input->argument_count;) {
        if (read_action(load->settings, input->arguments[i])) {
            i++;
            continue;
        }
        int used = load_argument(load, &input->arguments[i], input->argument_count - i);
        if (used == 0) {
            return false;
        }
        i += used;
    }
    return true;
}

static void
find_path(struct load *load, const struct hp_settings_input *input)
{
    static const char *const places[] = { "/etc/hairpin/hairpin.yaml", "/etc/neko/neko.yaml",
        "/etc/neko/neko.yml" };
    const char *path = look_up(load, "HAIRPIN_CONFIG");
    path = path == NULL ? look_up(load, "NEKO_CONFIG") : path;
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
    g_free(load->settings->path);
    load->settings->path = g_strdup(path);
}

char *
hp_settings_load(struct hp_settings *settings, const struct hp_settings_input *input,
        enum hp_settings_mode mode)
{
    struct load load = { .settings = settings, .mode = mode, .error = g_string_new(NULL) };
    load.environment = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (char **line = input->environment; line != NULL && *line != NULL; line++) {
        char *equals = strchr(*line, '=');
        if (equals != NULL) {
            g_hash_table_insert(load.environment, g_strndup(*line, (gsize) (equals - *line)),
                    g_strdup(equals + 1));
        }
    }
    find_path(&load, input);
    bool is_good = load_defaults(&load) && load_file(&load) && load_environment(&load)
            && load_arguments(&load, input);
    if (mode == HP_SETTINGS_STRICT) {
        note_unknown_variables(&load);
    }
    g_hash_table_destroy(load.environment);
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

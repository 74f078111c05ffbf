// names.c - values by the names of variables: of the environment and of Neko's version 2.
// Owner: nobody.  Thread: main, before the server starts.
#include "config/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "config/load.h"
#include "config/neko_names.h"
#include "config/option_value.h"

// Variables that hp_neko_translate() reads.
static const char *const translated[] = { "NEKO_LOCKS", "NEKO_VP8", "NEKO_VP9", "NEKO_AV1",
    "NEKO_H264", "NEKO_VIDEO", "NEKO_AUDIO", "NEKO_ICESERVER", "NEKO_DEBUG", NULL };
static const char *const switches[] = { "NEKO_VP8", "NEKO_VP9", "NEKO_AV1", "NEKO_H264",
    "NEKO_DEBUG", NULL };

const char *
hp_names_find(GHashTable *values, const char *name)
{
    const char *text = g_hash_table_lookup(values, name);
    return text == NULL || *text == '\0' ? NULL : text;
}

static const char *
look_up(void *arg, const char *name)
{
    return hp_names_find(arg, name);
}

// The names of an option's variables, best first: HAIRPIN_SERVER_BIND for server.bind, then Neko's.
// Free them with g_strfreev().
static char **
names_of(const struct hp_option *row)
{
    char *upper = g_ascii_strup(row->name, -1);
    char *own = g_strconcat("HAIRPIN_", g_strdelimit(upper, ".", '_'), NULL);
    char *all = g_strjoin(" ", own, row->neko, NULL);
    char **names = g_strsplit(all, " ", -1);
    g_free(all);
    g_free(own);
    g_free(upper);
    return names;
}

// Values that Neko takes for false.
static void
note_switch(struct hp_load *load, const struct hp_setting *setting, const char *name,
        const char *text)
{
    bool is_on = setting->row->type == HP_OPTION_BOOL && hp_option_is_true(text);
    if (is_on && g_str_has_prefix(name, "NEKO_") && hp_neko_is_false(text)) {
        hp_load_note(load,
                g_strdup_printf("%s = %s is true here, and false for Neko: write true or false",
                        name, text));
    }
}

static bool
set(struct hp_load *load, struct hp_setting *setting, const char *name, const char *text,
        const char *source)
{
    if (hp_neko_is_fallback(name, text)) {
        hp_load_note(load,
                g_strdup_printf("%s = %s is no valid value: the default is used", name, text));
        return true;
    }
    note_switch(load, setting, name, text);
    char *own = hp_neko_copy_own(name, text);
    bool is_good = hp_load_set_text(load, setting, own,
            source == NULL ? g_strdup_printf("environment %s", name) : g_strdup(source));
    g_free(own);
    return is_good;
}

static void
note_locks(struct hp_load *load, const char *locks)
{
    char *unknown = locks == NULL ? NULL : hp_neko_copy_unknown_locks(locks);
    if (unknown != NULL) {
        hp_load_note(load,
                g_strdup_printf(
                        "NEKO_LOCKS: %s has no effect, expected control or login", unknown));
    }
    g_free(unknown);
}

static bool
load_translated(struct hp_load *load, GHashTable *values, const char *source)
{
    GArray *special = hp_neko_translate(look_up, values);
    bool is_good = true;
    note_locks(load, hp_names_find(values, "NEKO_LOCKS"));
    for (guint i = 0; i < special->len; i++) {
        struct hp_neko_value *value = &g_array_index(special, struct hp_neko_value, i);
        struct hp_setting *setting = hp_load_find(load, value->option);
        is_good = is_good
                && (setting == NULL || set(load, setting, value->name, value->text, source));
        g_free(value->text);
    }
    g_array_free(special, TRUE);
    return is_good;
}

static bool
load_row(struct hp_load *load, struct hp_setting *setting, GHashTable *values, const char *source)
{
    char **names = names_of(setting->row);
    bool is_good = true;
    for (char **name = names; *name != NULL; name++) {
        const char *text = hp_names_find(values, *name);
        bool is_special = strcmp(*name, "NEKO_ICESERVERS") == 0
                // NEKO_ICESERVER was joined by the translation
                && hp_names_find(values, "NEKO_ICESERVER") != NULL;
        if (text != NULL && !is_special) {
            is_good = set(load, setting, *name, text, source);
            break;
        }
    }
    g_strfreev(names);
    return is_good;
}

// The weakest first: translated names, then the names of the row from its last to its first.
bool
hp_names_load(struct hp_load *load, GHashTable *values, const char *source)
{
    bool is_good = load_translated(load, values, source);
    for (guint i = 0; is_good && i < load->rows->len; i++) {
        struct hp_setting *setting = &g_array_index(load->rows, struct hp_setting, i);
        is_good = load_row(load, setting, values, source);
    }
    return is_good;
}

char *
hp_names_variable(const char *key)
{
    if (*key == '\0' || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key)) {
        return NULL;
    }
    char *upper = g_ascii_strup(key, -1);
    char *name = g_strconcat("NEKO_", upper, NULL);
    g_free(upper);
    return name;
}

static const struct hp_option *
find_row(const struct hp_load *load, const char *variable)
{
    for (guint i = 0; i < load->rows->len; i++) {
        const struct hp_option *row = g_array_index(load->rows, struct hp_setting, i).row;
        char **names = names_of(row);
        bool is_found = g_strv_contains((const char *const *) names, variable);
        g_strfreev(names);
        if (is_found) {
            return row;
        }
    }
    return NULL;
}

bool
hp_names_is_known(const struct hp_load *load, const char *variable)
{
    return g_strv_contains(translated, variable) || find_row(load, variable) != NULL;
}

bool
hp_names_is_switch(const struct hp_load *load, const char *variable)
{
    const struct hp_option *row = find_row(load, variable);
    return g_strv_contains(switches, variable) || (row != NULL && row->type == HP_OPTION_BOOL);
}

static bool
is_list_of_texts(const json_t *value)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *) value, i, item)
    {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(value);
}

char *
hp_names_copy_text(const json_t *value)
{
    if (json_is_string(value)) {
        return g_strdup(json_string_value(value));
    }
    if (!is_list_of_texts(value)) {
        char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        char *text = g_strdup(json_is_null(value) ? "" : json);
        free(json);
        return text;
    }
    GString *text = g_string_new(NULL);
    size_t i;
    json_t *item;
    json_array_foreach((json_t *) value, i, item)
    {
        g_string_append_printf(text, "%s%s", i == 0 ? "" : " ", json_string_value(item));
    }
    return g_string_free(text, FALSE);
}

GHashTable *
hp_names_take_keys(struct hp_load *load, json_t *root)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(root, next, key, value)
    {
        char *variable = hp_load_find(load, key) == NULL ? hp_names_variable(key) : NULL;
        if (variable != NULL && hp_names_is_known(load, variable)) {
            g_hash_table_insert(values, variable, hp_names_copy_text(value));
            json_object_del(root, key);
        } else {
            g_free(variable);
        }
    }
    return values;
}

static char *
describe_unknown(const char *name)
{
    const char *plugin = hp_neko_find_plugin(name);
    if (hp_neko_is_later(name)) {
        return g_strdup_printf("%s is not there yet and has no effect", name);
    }
    return plugin == NULL
            ? g_strdup_printf("%s is no option and has no effect, see --help", name)
            : g_strdup_printf("%s has no effect: the plugin %s has no such option, or is not in "
                              "plugins.load",
                      name, plugin);
}

void
hp_names_note_unknown(struct hp_load *load, GHashTable *environment)
{
    static const char *const special[] = { "NEKO_CONFIG", "HAIRPIN_CONFIG", NULL };
    GList *names = g_list_sort(g_hash_table_get_keys(environment), (GCompareFunc) strcmp);
    for (const GList *item = names; item != NULL; item = item->next) {
        const char *name = item->data;
        bool is_ours = g_str_has_prefix(name, "HAIRPIN_") || g_str_has_prefix(name, "NEKO_");
        if (!is_ours || hp_names_find(environment, name) == NULL || g_strv_contains(special, name)
                || hp_names_is_known(load, name)
                || hp_neko_is_met(name, hp_names_find(environment, name))) {
            continue;
        }
        hp_load_note(load, describe_unknown(name));
    }
    g_list_free(names);
}

// profile_json.c - profiles and rules as Neko's JSON.
// Owner: nobody.  Thread: main.
#include "dialect/profile_json.h"

#include <stddef.h>
#include <stdlib.h>

#include <glib.h>

#include "member/plugin_settings.h"
#include "member/profile.h"
#include "member/rules.h"

// A bool member of a struct. A table of flags ends with a row without a key.
struct flag {
    const char *key;
    size_t offset;
};

static const struct flag profile_flags[] = {
    { "is_admin", offsetof(struct hp_profile, is_admin) },
    { "can_login", offsetof(struct hp_profile, can_login) },
    { "can_connect", offsetof(struct hp_profile, can_connect) },
    { "can_watch", offsetof(struct hp_profile, can_watch) },
    { "can_host", offsetof(struct hp_profile, can_host) },
    { "can_share_media", offsetof(struct hp_profile, can_share_media) },
    { "can_access_clipboard", offsetof(struct hp_profile, can_access_clipboard) },
    { "sends_inactive_cursor", offsetof(struct hp_profile, sends_inactive_cursor) },
    { "can_see_inactive_cursors", offsetof(struct hp_profile, can_see_inactive_cursors) },
    { NULL, 0 },
};

static const struct flag rule_flags[] = {
    { "private_mode", offsetof(struct hp_rules, private_mode) },
    { "locked_logins", offsetof(struct hp_rules, locked_logins) },
    { "locked_controls", offsetof(struct hp_rules, locked_controls) },
    { "control_protection", offsetof(struct hp_rules, control_protection) },
    { "implicit_hosting", offsetof(struct hp_rules, implicit_hosting) },
    { "inactive_cursors", offsetof(struct hp_rules, inactive_cursors) },
    { "merciful_reconnect", offsetof(struct hp_rules, merciful_reconnect) },
    { NULL, 0 },
};

static bool
is_name_right(const json_t *name)
{
    return name == NULL
            || (json_is_string(name)
                    && (json_string_length(name) == 0
                            || hp_profile_is_name(json_string_value(name))));
}

// Are all flags in the object booleans, and is its `plugins` null or an object?
static bool
is_right(const json_t *partial)
{
    for (const struct flag *flag = profile_flags; flag->key != NULL; flag++) {
        const json_t *value = json_object_get(partial, flag->key);
        if (value != NULL && !json_is_boolean(value)) {
            return false;
        }
    }
    const json_t *plugins = json_object_get(partial, "plugins");
    return json_is_object(partial) && is_name_right(json_object_get(partial, "name"))
            && (plugins == NULL || json_is_null(plugins) || json_is_object(plugins));
}

static void
merge_plugins(GHashTable **settings, json_t *news)
{
    const char *plugin;
    json_t *value;
    json_object_foreach(news, plugin, value)
    {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        hp_plugin_settings_set(settings, plugin, text);
        free(text);
    }
}

// In the order of the plugins' names; null if there are none.
static json_t *
load_plugins(GHashTable *settings)
{
    if (settings == NULL) {
        return json_null();
    }
    json_t *object = json_object();
    GList *names = g_list_sort(g_hash_table_get_keys(settings), (GCompareFunc) g_strcmp0);
    for (const GList *link = names; link != NULL; link = link->next) {
        const char *text = hp_plugin_settings_get(settings, link->data);
        json_object_set_new(object, link->data, json_loads(text, JSON_DECODE_ANY, NULL));
    }
    g_list_free(names);
    return object;
}

static bool
merge(struct hp_profile *profile, const json_t *partial)
{
    if (!is_right(partial)) {
        return false;
    }
    for (const struct flag *flag = profile_flags; flag->key != NULL; flag++) {
        const json_t *value = json_object_get(partial, flag->key);
        if (value != NULL) {
            *(bool *) ((char *) profile + flag->offset) = json_is_true(value);
        }
    }
    json_t *plugins = json_object_get(partial, "plugins");
    if (json_is_object(plugins)) {
        merge_plugins(&profile->plugins, plugins);
    }
    const json_t *name = json_object_get(partial, "name");
    if (name != NULL) {
        g_free(profile->name);
        profile->name = g_strdup(json_string_value(name));
    }
    return true;
}

bool
hp_profile_json_merge_text(struct hp_profile *profile, const char *text)
{
    if (*text == '\0') {
        return true;
    }
    json_t *partial = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool is_good = partial != NULL && merge(profile, partial);
    json_decref(partial);
    return is_good;
}

static void
write_flags(const struct flag *flags, const void *base, GHashTable *plugins, json_t *object)
{
    for (const struct flag *flag = flags; flag->key != NULL; flag++) {
        bool value = *(const bool *) ((const char *) base + flag->offset);
        json_object_set_new(object, flag->key, json_boolean(value));
    }
    json_object_set_new(object, "plugins", load_plugins(plugins));
}

void
hp_profile_json_write(const struct hp_profile *profile, json_t *object)
{
    json_object_set_new(object, "name", json_string(profile->name));
    write_flags(profile_flags, profile, profile->plugins, object);
}

void
hp_profile_json_write_rules(const struct hp_rules *rules, json_t *object)
{
    json_object_set_new(object, "heartbeat_interval", json_integer(rules->heartbeat_interval));
    write_flags(rule_flags, rules, rules->plugins, object);
}

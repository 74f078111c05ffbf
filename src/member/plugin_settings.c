// plugin_settings.c - the settings that plugins keep in a profile or in the rules.
// Owner: nobody.  Thread: main.
#include "member/plugin_settings.h"

void
hp_plugin_settings_set(GHashTable **settings, const char *plugin, const char *text)
{
    if (*settings == NULL) {
        *settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    }
    g_hash_table_replace(*settings, g_strdup(plugin), g_strdup(text));
}

const char *
hp_plugin_settings_get(GHashTable *settings, const char *plugin)
{
    return settings == NULL ? NULL : g_hash_table_lookup(settings, plugin);
}

GHashTable *
hp_plugin_settings_copy(GHashTable *settings)
{
    GHashTable *copy = NULL;
    GHashTableIter iter;
    gpointer plugin, text;
    if (settings == NULL) {
        return NULL;
    }
    g_hash_table_iter_init(&iter, settings);
    while (g_hash_table_iter_next(&iter, &plugin, &text)) {
        hp_plugin_settings_set(&copy, plugin, text);
    }
    return copy;
}

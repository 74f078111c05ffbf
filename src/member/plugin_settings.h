// plugin_settings.h - the settings that plugins keep in a profile or in the rules: JSON text by the
// name of the plugin. Main thread.
#pragma once

#include <glib.h>

// A copy of the texts; NULL stays NULL. Free it with g_hash_table_unref().
GHashTable *hp_plugin_settings_copy(GHashTable *settings);

// Sets the text of a plugin (copied); creates the table when *settings is NULL.
void hp_plugin_settings_set(GHashTable **settings, const char *plugin, const char *text);

// Returns the text of a plugin; NULL: the plugin has none. `settings` may be NULL.
const char *hp_plugin_settings_get(GHashTable *settings, const char *plugin);

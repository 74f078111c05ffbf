// module.h - a plugin's shared object. Main thread.
#pragma once

struct hp_module;
struct hp_option;
struct hp_plugin;

// Loads <dir>/<name>.so and checks its table. NULL: *reason says why, and the caller frees it with
// g_free(); else it is NULL. Owner: the caller, which unloads the module after the plugin has
// stopped and the room has closed.
struct hp_module *hp_module_load(const char *dir, const char *name, char **reason);
void hp_module_unload(struct hp_module *module);

// Returns the plugin's options, see hp_rows_copy(); NULL with a sentence in *reason when this host
// cannot run the plugin. g_free both.
struct hp_option *hp_module_check(const struct hp_plugin *plugin, char **reason);

const struct hp_plugin *hp_module_plugin(const struct hp_module *module);

// What the plugin would find wrong with these options at its start on this machine; NULL: nothing.
// The caller frees it with free().
char *hp_module_find_fault(const struct hp_module *module, const void *options);

// The options that the plugin declares, checked; the last row has no name. They fit into its
// options_size, which is at most HP_ROWS_SPACE_MAX. Borrowed until hp_module_unload().
const struct hp_option *hp_module_options(const struct hp_module *module);

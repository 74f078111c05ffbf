// module.h - a plugin's shared object. Main thread.
#pragma once

struct hp_module;
struct hp_plugin;

// Loads <dir>/<name>.so and checks its table. NULL: the reason has been logged. Owner: the caller,
// which unloads the module after the plugin has stopped and the room has closed.
struct hp_module *hp_module_load(const char *dir, const char *name);
void hp_module_unload(struct hp_module *module);

// Checks a table and returns it; NULL: this host cannot run the plugin, and *reason is a sentence.
const struct hp_plugin *hp_module_check(const struct hp_plugin *plugin, const char **reason);

const struct hp_plugin *hp_module_plugin(const struct hp_module *module);

// module.h - a plugin's shared object. Main thread.
#pragma once

struct hp_module;
struct hp_plugin;

// Loads <dir>/<name>.so and checks its table. NULL after logging why. Owner: the caller; unload it
// after the plugin was stopped and the room is closed.
struct hp_module *hp_module_load(const char *dir, const char *name);
void hp_module_unload(struct hp_module *module);

// Returns the table; NULL with a sentence in *reason when this host cannot run it.
const struct hp_plugin *hp_module_check(const struct hp_plugin *plugin, const char **reason);

const struct hp_plugin *hp_module_plugin(const struct hp_module *module);

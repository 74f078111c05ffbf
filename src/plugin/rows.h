// rows.h - the options that a plugin declares: checked, then copied by their size. Pure.
#pragma once

#include <stddef.h>

struct hp_option;
struct hp_plugin;

enum {
    HP_ROWS_SPACE_MAX = 65536 // bytes of a plugin's options struct
};

// Copies the rows of a plugin into ones of this host's version, with a last one that has no name.
// NULL with a sentence in *reason when a row is wrong: the plugin must not run. g_free both. What
// the rows point at stays the plugin's.
struct hp_option *hp_rows_copy(const struct hp_plugin *plugin, char **reason);

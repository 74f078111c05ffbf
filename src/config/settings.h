// settings.h - all options of the server and its plugins: read from a file, the environment and the
// command line, each with its value and where the value came from. Main thread, before the server
// starts.
#pragma once

#include "config/setting.h"

struct hp_option;
struct hp_settings;

// Owner: app. Never NULL.
struct hp_settings *hp_settings_create(void);
void hp_settings_destroy(struct hp_settings *settings); // frees the values as well

// Adds rows, up to the one without a name; they are right, those of a plugin were checked. `values`
// is their options struct: zeroed, borrowed until hp_settings_destroy(); it gets the defaults.
void hp_settings_add(struct hp_settings *settings, const struct hp_option *rows, void *values);

// Reads all sources, from the lowest rank to the highest: defaults, file, environment (a HAIRPIN_
// name beats its NEKO_ names, a name of Neko v3 beats one of v2), command line. Returns NULL, or an
// error of one line that names the option, its value and what was expected; free it with g_free().
char *hp_settings_load(struct hp_settings *settings, const struct hp_settings_input *input,
        enum hp_settings_mode mode);

// Settings that were given but have no effect: one line for the log each, NULL-terminated,
// borrowed.
char **hp_settings_get_notes(struct hp_settings *settings);

// Of the last hp_settings_load().
enum hp_settings_action hp_settings_get_action(const struct hp_settings *settings);

// The setting at `index`, in the order of hp_settings_add(); NULL after the last one. Borrowed.
const struct hp_setting *hp_settings_get(const struct hp_settings *settings, unsigned index);

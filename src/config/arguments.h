// arguments.h - the command line: options, and actions like --help. Main thread, before the server
// starts.
#pragma once

#include <stdbool.h>

#include "config/setting.h"

struct hp_load;

// The action that the command line asks for.
enum hp_settings_action hp_arguments_find_action(const struct hp_settings_input *input);

// Sets the options of the command line: --name=value, --name value, --switch (short for
// --switch true); also with names of Neko and its word "serve". False: the error is set.
bool hp_arguments_load(struct hp_load *load, const struct hp_settings_input *input);

// load.h - one reading of all settings: what the readers of file, environment and command line
// share. Main thread, before the server starts.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <jansson.h>

#include "config/setting.h"

struct hp_load {
    GArray *rows; // struct hp_setting; of the settings
    GPtrArray *notes; // of the settings, NULL-terminated
    enum hp_settings_mode mode;
    GString *error; // empty: no error so far
};

// Adds a note for the log, unless it is there already.
void hp_load_note(struct hp_load *load, char *text); // taken

// The setting of the option with that name; NULL: there is none. Borrowed.
struct hp_setting *hp_load_find(const struct hp_load *load, const char *name);

// Sets one option; `source` (taken) says where the value was found. False: the error is set.
bool hp_load_set(
        struct hp_load *load, struct hp_setting *setting, const json_t *value, char *source);
bool hp_load_set_text(
        struct hp_load *load, struct hp_setting *setting, const char *text, char *source);

// Sets the options that correspond to a key of Neko's version 3 with another name; *is_good becomes
// false after an error. False: there is no such key.
bool hp_load_set_neko_key(struct hp_load *load, const char *name, const json_t *value,
        const char *source, bool *is_good);

// settings_rows.h - the inside of hp_settings, for settings.c and settings_print.c.
#pragma once

#include <glib.h>

#include "config/settings.h"

struct hp_setting {
    const struct hp_option *row;
    void *base; // options struct
    char *source; // "default", "file conf.yaml", "environment NEKO_BIND", "command line"
};

struct hp_settings {
    GArray *rows; // struct hp_setting
    GPtrArray *notes;
    enum hp_settings_action action;
    char *path; // configuration file, NULL: none
};

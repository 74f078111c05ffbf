// settings_print.h - texts made from the rows of options: help, values in force, sample file,
// reference. Main thread, before the server starts. Free each text with g_free().
#pragma once

struct hp_settings;

char *hp_settings_print_help(const struct hp_settings *settings); // --help
char *hp_settings_print_config(const struct hp_settings *settings); // secrets are masked
char *hp_settings_print_sample(const struct hp_settings *settings); // conf/hairpin.yaml
char *hp_settings_print_reference(const struct hp_settings *settings); // docs/configuration.md

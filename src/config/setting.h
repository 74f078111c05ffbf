// setting.h - one option with its value, and what a reading of all options takes. Main thread,
// before the server starts.
#pragma once

struct hp_option;

enum hp_settings_mode {
    // unknown names are skipped, since the rows of plugins are not added yet
    HP_SETTINGS_ONLY_KNOWN,
    // an unknown name on the command line is an error, one in the file or the environment a note
    HP_SETTINGS_STRICT,
};

struct hp_settings_input {
    char **environment; // "NAME=value", NULL-terminated; borrowed
    int argument_count; // of the command line, without the command
    char **arguments;
};

// The action that the command line asks for, besides options.
enum hp_settings_action {
    HP_SETTINGS_RUN,
    HP_SETTINGS_HELP, // --help
    HP_SETTINGS_VERSION, // --version
    HP_SETTINGS_CHECK, // --check
    HP_SETTINGS_PRINT_CONFIG, // --print-config
    HP_SETTINGS_PRINT_SAMPLE, // --print-sample: conf/hairpin.yaml
    HP_SETTINGS_PRINT_REFERENCE, // --print-reference: docs/configuration.md
};

// One option, with its value and where that came from.
struct hp_setting {
    const struct hp_option *row;
    void *base; // options struct that holds the value
    char *source; // "default", "file conf.yaml", "environment NEKO_BIND", "command line --bind"
};

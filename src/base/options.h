// options.h - options as one table of rows. The table says how the YAML file, the environment and
// the command line are read; --help, the sample file and the reference are made from it. The core's
// rows are in config.c, a plugin's rows in a table of its own. Installed as <hairpin/options.h> for
// plugins.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hp_option_type {
    HP_OPTION_BOOL, // bool
    HP_OPTION_INT, // int64_t, within min and max
    HP_OPTION_STRING, // char *, never NULL
    HP_OPTION_LIST, // char **, NULL-terminated, never NULL
    HP_OPTION_DURATION, // int64_t milliseconds; text like 10s, 1h30m, 250ms
    HP_OPTION_CHOICE, // char *, one of `choices`
    HP_OPTION_JSON, // char *, JSON text; YAML structures are turned into JSON
    HP_OPTION_ICE_SERVERS, // char *, a checked and normalised JSON array of ICE servers
};

struct hp_option {
    const char *name; // section.key, lower case
    enum hp_option_type type;
    size_t offset; // of the value in the options struct
    const char *fallback; // default, as text; NULL: false, 0, ""
    int64_t min, max; // INT and DURATION (ms); both 0: no limit
    const char *choices; // CHOICE: "a|b|c"
    const char *help; // one sentence
    const char *neko; // further environment names, best first: "NEKO_SERVER_BIND NEKO_BIND"
    bool is_secret; // never printed
    // STRING: what was expected ("a size like 1280x720@30") when the text is wrong; NULL: the text
    // is good. Static. Main thread.
    const char *(*find_fault)(const char *text);
};

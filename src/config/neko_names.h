// neko_names.h - names of Neko that are more than another name of one option, and names that are
// known but have no effect here.
#pragma once

#include <stdbool.h>

#include <glib.h>

// Looks a name up in the environment: the value, NULL when unset or empty.
typedef const char *(*hp_lookup_fn)(void *arg, const char *name);

struct hp_neko_value {
    const char *option; // static
    char *text;
    const char *name; // of the variable, static
};

// What the special names of Neko say in terms of options, weakest first. Free each text, then the
// array.
GArray *hp_neko_translate(hp_lookup_fn lookup, void *arg);

// Is this a variable (NEKO_..) or key (a.b) of Neko that has no effect here yet?
bool hp_neko_is_later(const char *name);

// A key of Neko that has another name here.
struct hp_neko_key {
    const char *key;
    const char *options[2]; // what it sets, NULL: no more
    const char *if_true; // it is a switch: the value that these get when it is on; else NULL
};
bool hp_neko_is_true(const char *text); // NULL: false
const struct hp_neko_key *hp_neko_find_key(const char *key); // NULL: it has not

// What a value of Neko is here: "debug" for its log level "trace". `text` itself where it is the same.
const char *hp_neko_same_value(const char *option, const char *text);

// Is this a value of Neko that this option does not have yet (a codec)?
bool hp_neko_is_later_value(const char *option, const char *text);

// Is this a value with which Neko falls back to its default, where an option of ours is an error?
bool hp_neko_is_fallback(const char *name, const char *text);

// neko_names.h - the names of Neko that do not correspond to one option each, and those that are
// known but have no effect here. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

// Returns the value of a variable of the environment. NULL: the variable is unset or empty.
typedef const char *(*hp_lookup_fn)(void *arg, const char *name);

struct hp_neko_value {
    const char *option; // static
    char *text;
    const char *name; // of the variable, static
};

// Translates the special variables of Neko to options: an array of hp_neko_value, the weakest
// first. The caller frees each text, then the array.
GArray *hp_neko_translate(hp_lookup_fn lookup, void *arg);

// Is the name a variable (NEKO_..) or key (a.b) of Neko that has no effect here yet?
bool hp_neko_is_later(const char *name);

// Does that value of such a variable or key ask for what is the case here, whatever it says: a
// feature that is not there is switched off?
bool hp_neko_is_met(const char *name, const char *text);

// A key of Neko that has another name here.
struct hp_neko_key {
    const char *key;
    const char *options[2]; // options that the key sets; NULL: no more
};
const struct hp_neko_key *hp_neko_find_key(const char *key); // NULL: no such key

// The value with the meaning of Neko's value here, for instance "debug" for its log level "trace".
// Mostly the result is `text` itself.
const char *hp_neko_same_value(const char *option, const char *text);

// The text of a variable as the option's own name takes it: Neko's port for media by TCP is at all
// addresses, wherever the page is. Free it with g_free().
char *hp_neko_copy_own(const char *name, const char *text);

// Is the text a value of Neko (for instance a codec) that this option does not have yet?
bool hp_neko_is_later_value(const char *option, const char *text);

// Is the text a wrong value that Neko replaces by its default, while it would be an error here?
bool hp_neko_is_fallback(const char *name, const char *text);

// Is the text of a switch false for Neko, for which only 1, t and true are true?
bool hp_neko_is_false(const char *text);

// The words of NEKO_LOCKS that are no lock, joined by commas. Free it with g_free(); NULL: none.
char *hp_neko_copy_unknown_locks(const char *locks);

// The plugin to which a variable belongs whose options are not known unless it is loaded; NULL:
// none.
const char *hp_neko_find_plugin(const char *name);

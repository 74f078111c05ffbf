// names.h - values by the names of variables: those of the environment, and those of Neko's
// version 2, whose files and flags have the same names in lower case. Main thread, before the
// server starts.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <jansson.h>

struct hp_load;

// The value of a variable in a table of name -> text. NULL: it is unset, or empty, which counts as
// unset, as with Neko.
const char *hp_names_find(GHashTable *values, const char *name);

// Sets the options that the variables in the table stand for. `source`: where they were found;
// NULL: the environment. False: the error is set.
bool hp_names_load(struct hp_load *load, GHashTable *values, const char *source);

// The variable of a key or flag of version 2: NEKO_NAT1TO1 for nat1to1. NULL: the key cannot be one
// of version 2. Free it with g_free().
char *hp_names_variable(const char *key);

// Does an option or a translation read the variable?
bool hp_names_is_known(const struct hp_load *load, const char *variable);

// Does the variable switch something on or off, so that its flag needs no value?
bool hp_names_is_switch(const struct hp_load *load, const char *variable);

// Moves the keys of version 2 out of a file's root into a new table for hp_names_load().
GHashTable *hp_names_take_keys(struct hp_load *load, json_t *root);

// The value of a key as a variable would hold it. Free it with g_free().
char *hp_names_copy_text(const json_t *value);

// Notes the variables of Hairpin and Neko that nothing reads, so that a typing error shows.
void hp_names_note_unknown(struct hp_load *load, GHashTable *environment);

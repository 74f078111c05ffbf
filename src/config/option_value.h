// option_value.h - values of options: read from JSON or text, written as text. Internal to
// settings. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <jansson.h>

struct hp_option;

// Reads `value`, a string or any other value of YAML or JSON, into the options struct at `base`,
// and frees the old value there. False: the old value stays, and `problem` tells what was expected.
bool hp_option_set(const struct hp_option *row, void *base, const json_t *value, GString *problem);

// The value as YAML, with secrets masked. Free it with g_free().
char *hp_option_get_yaml(const struct hp_option *row, const void *base);

// Is the text a value of a row that is true or false?
bool hp_option_is_bool(const char *text);
// Is it true for such a row?
bool hp_option_is_true(const char *text);

// Frees the text or list of the value.
void hp_option_clear(const struct hp_option *row, void *base);

// Describes the values that a row accepts: "whole number from 1 to 10", "one of a, b". Free it with
// g_free().
char *hp_option_describe(const struct hp_option *row);

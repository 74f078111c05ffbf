// option_value.h - values of options: from JSON or text, to text. Internal to settings.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <jansson.h>

struct hp_option;

// Reads `value`, a string or any other value of YAML or JSON, into the options struct at `base`,
// and frees the old value there. False after `problem` was filled with what was expected: the old
// value stays.
bool hp_option_set(const struct hp_option *row, void *base, const json_t *value, GString *problem);

// The value as YAML, with secrets masked. g_free it.
char *hp_option_get_yaml(const struct hp_option *row, const void *base);

// Frees the text or list of the value.
void hp_option_clear(const struct hp_option *row, void *base);

// Describes the values of a row: "whole number from 1 to 10", "one of a, b". g_free it.
char *hp_option_describe(const struct hp_option *row);

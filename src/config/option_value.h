// option_value.h - values of options: from JSON or text, to text. Internal to settings.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <jansson.h>

struct hp_option;

// Reads `value` (a string, or what YAML or JSON made of it) into the options struct at `base`,
// whose old value is freed. False with `problem` filled: what was expected; nothing changed then.
bool hp_option_set(const struct hp_option *row, void *base, const json_t *value, GString *problem);

// The value as one would write it in YAML; secrets are masked. g_free it.
char *hp_option_get_yaml(const struct hp_option *row, const void *base);

// Frees what the value holds.
void hp_option_clear(const struct hp_option *row, void *base);

// What a value of this row looks like: "whole number from 1 to 10", "one of a, b". g_free it.
char *hp_option_describe(const struct hp_option *row);

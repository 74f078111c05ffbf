// checks.h - checks that a row of options cannot express: values that must fit together, files that
// must exist.
#pragma once

#include <stdbool.h>

struct hp_config;

// False: a line on stderr names the option, its value and what was expected. Main thread.
bool hp_checks_pass(const struct hp_config *config);

// Writes such a line, without control characters. Always false.
bool hp_checks_refuse(const char *option, const char *value, const char *expected);

// The first key of a profile in Neko's JSON that is no right. Free it with g_free(); NULL: none.
char *hp_checks_find_unknown_right(const char *text);

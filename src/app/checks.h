// checks.h - what rows of options cannot say: are values usable together, are their files there?
#pragma once

#include <stdbool.h>

struct hp_config;

// False after a line on stderr that names option, value and what was expected. Main thread.
bool hp_checks_pass(const struct hp_config *config);

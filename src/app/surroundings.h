// surroundings.h - what a start would find on this machine: addresses, files, folders. For --check,
// which changes nothing; the start itself finds it where it needs it.
#pragma once

#include <stdbool.h>

struct hp_config;

// False: a line on stderr for each fault names the option, its value and what was expected. May
// look names up. Main thread.
bool hp_surroundings_pass(const struct hp_config *config);

// pressure.h - does this machine have too few cores for what it runs? Any thread.
#pragma once

#include <stdbool.h>

#define HP_PRESSURE_CPU "/proc/pressure/cpu"

// Reads the kernel's file of that format (PSI): did some task wait for a core in more than half of
// the last 10 s? False also when there is no such file.
bool hp_pressure_is_high(const char *path);

// clash.h - options that somebody has given, and that have no effect beside others. Pure.
#pragma once

#include <stdbool.h>

struct hp_config;

// Is the value of that option more than its default?
typedef bool (*hp_clash_given_fn)(const void *arg, const char *option);

// A line for each such option, which names the other one; NULL-terminated. Free it with
// g_strfreev().
char **hp_clash_list(
        const struct hp_config *config, hp_clash_given_fn is_given, const void *arg);

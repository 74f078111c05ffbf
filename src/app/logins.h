// logins.h - whom the passwords of the configuration let in. Main thread.
#pragma once

#include <stdbool.h>

struct hp_config;

// Does whoever reaches the server get in: without a password, or with one that everybody knows?
bool hp_logins_are_weak(const struct hp_config *config);
// Warns in the log if they are, and others than this computer reach the server.
void hp_logins_warn(const struct hp_config *config);
// What is hardly meant, a line each. The caller frees the list with g_strfreev().
char **hp_logins_list_doubts(const struct hp_config *config);

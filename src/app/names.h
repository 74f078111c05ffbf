// names.h - the names of this server that its operator has configured. Main thread.
#pragma once

struct hp_config;

// Hosts without ports. The caller frees the list with g_strfreev().
char **hp_names_list(const struct hp_config *config);

// state_dir.h - the folder where the server keeps its self-signed certificate. Main thread.
#pragma once

struct hp_config;

// Free it with g_free().
char *hp_state_dir_find(const struct hp_config *config);

// Could files be written there, in a folder that may still have to be made? Tries, and leaves
// nothing. NULL: yes; else the folder that stands in the way, to be freed with g_free().
char *hp_state_dir_find_obstacle(const char *path);

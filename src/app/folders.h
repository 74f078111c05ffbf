// folders.h - where plugins and page are. A hairpin that runs where it was built has its own beside
// it; else they are where it was installed. Main thread.
#pragma once

struct hp_config;

// Free both with g_free().
char *hp_folders_find_plugins(const struct hp_config *config);
char *hp_folders_find_page(const struct hp_config *config);

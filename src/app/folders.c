// folders.c - where plugins and page are.
// Owner: nobody.  Thread: main.
#include "app/folders.h"

#include <glib.h>

#include "config/config.h"

// The configured folder; else that of this name beside a hairpin that runs where it was built; else
// the one of the installation.
static char *
find(const char *configured, const char *beside, const char *installed)
{
    if (*configured != '\0') {
        return g_strdup(configured);
    }
    char *command = g_file_read_link("/proc/self/exe", NULL);
    char *folder = command == NULL ? g_strdup("/") : g_path_get_dirname(command);
    char *mark = g_build_filename(folder, "config.status", NULL);
    char *built = g_build_filename(folder, beside, NULL);
    char *found = g_strdup(g_file_test(mark, G_FILE_TEST_EXISTS) ? built : installed);
    g_free(built);
    g_free(mark);
    g_free(folder);
    g_free(command);
    return found;
}

char *
hp_folders_find_plugins(const struct hp_config *config)
{
    return find(config->plugins.dir, ".libs", HP_PLUGIN_DIR);
}

char *
hp_folders_find_page(const struct hp_config *config)
{
    return find(config->server.web_dir, "web", HP_WEB_DIR);
}

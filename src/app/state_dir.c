// state_dir.c - the folder where the server keeps its self-signed certificate.
// Owner: nobody.  Thread: main.
#include "app/state_dir.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "config/config.h"

char *
hp_state_dir_find(const struct hp_config *config)
{
    const char *state_home = g_getenv("XDG_STATE_HOME");
    if (*config->server.state_dir != '\0') {
        return g_strdup(config->server.state_dir);
    }
    if (state_home != NULL && *state_home != '\0') {
        return g_build_filename(state_home, "hairpin", NULL);
    }
    return g_build_filename(g_get_home_dir(), ".local", "state", "hairpin", NULL);
}

// The first part of the path, from its end, that is there.
static char *
find_present(const char *path)
{
    char *present = g_strdup(path);
    while (access(present, F_OK) != 0 && errno == ENOENT && strcmp(present, "/") != 0
            && strcmp(present, ".") != 0) {
        char *parent = g_path_get_dirname(present);
        g_free(present);
        present = parent;
    }
    return present;
}

// A right alone does not tell: root has it in /proc, too.
static bool
can_make_within(const char *folder)
{
    char *probe = g_build_filename(folder, ".hairpin-XXXXXX", NULL);
    bool is_made = g_mkdtemp(probe) != NULL;
    if (is_made) {
        rmdir(probe);
    }
    g_free(probe);
    return is_made;
}

char *
hp_state_dir_find_obstacle(const char *path)
{
    char *present = find_present(path);
    if (can_make_within(present)) {
        g_clear_pointer(&present, g_free);
    }
    return present;
}

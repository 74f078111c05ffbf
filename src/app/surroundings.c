// surroundings.c - what a start would find on this machine.
// Owner: nobody.  Thread: main; for --check only.
#include "app/surroundings.h"

#include <stdio.h>

#include <glib.h>

#include "app/checks.h"
#include "app/folders.h"
#include "app/sharing.h"
#include "app/state_dir.h"
#include "base/log.h"
#include "config/config.h"
#include "gate/tls_pair.h"
#include "page/static.h"
#include "port/listener.h"

static bool
check_bind(const char *option, const char *bind)
{
    char **addresses = g_strsplit(bind, ",", -1);
    bool is_good = true;
    for (char **address = addresses; *address != NULL; address++) {
        const char *expected = hp_listener_find_fault(g_strstrip(*address));
        is_good &= expected == NULL || hp_checks_refuse(option, *address, expected);
    }
    g_strfreev(addresses);
    return is_good;
}

static bool
check_certificate(const struct hp_config *config)
{
    const char *cert = config->server.cert;
    struct hp_tls_pair pair;
    char *fault = hp_tls_pair_read(&pair, cert, config->server.key);
    bool is_good = fault == NULL;
    if (!is_good) {
        char *line = hp_log_escape(fault);
        fprintf(stderr, "hairpin: %s\n", line);
        g_free(line);
    } else if (!hp_tls_pair_is_valid(&pair, 0)) {
        is_good = hp_checks_refuse("server.cert", cert, "a certificate that has not expired");
    }
    hp_tls_pair_clear(&pair);
    g_free(fault);
    return is_good;
}

static bool
check_state_dir(const struct hp_config *config)
{
    char *path = hp_state_dir_find(config);
    char *obstacle = hp_state_dir_find_obstacle(path);
    bool is_good = obstacle == NULL;
    if (!is_good) {
        char *expected = g_strdup_printf("a folder for the certificate that can be made and "
                                         "written: %s cannot",
                obstacle);
        hp_checks_refuse("server.state_dir", path, expected);
        g_free(expected);
    }
    g_free(obstacle);
    g_free(path);
    return is_good;
}

// The start takes the page up whole, and only a reading tells that it can.
static bool
check_page(const struct hp_config *config)
{
    bool is_foreign = *config->server.static_dir != '\0';
    char *folder = is_foreign ? g_strdup(config->server.static_dir) : hp_folders_find_page(config);
    const char *option = is_foreign ? "server.static" : "server.web_dir";
    GDir *dir = g_dir_open(folder, 0, NULL);
    struct hp_static *files = dir == NULL ? NULL : hp_static_create(folder, false, false);
    bool is_good = files != NULL
            || hp_checks_refuse(option, folder, "a folder with a page that can be read");
    hp_static_destroy(files);
    g_clear_pointer(&dir, g_dir_close);
    g_free(folder);
    return is_good;
}

bool
hp_surroundings_pass(const struct hp_config *config)
{
    char *guest_bind = hp_sharing_find_guest_bind(config);
    bool is_bind_good = check_bind("server.bind", config->server.bind);
    is_bind_good &= guest_bind == NULL || check_bind("webrtc.tcpmux", guest_bind);
    g_free(guest_bind);
    bool is_own = *config->server.cert == '\0';
    bool is_pair_good = is_own ? check_state_dir(config) : check_certificate(config);
    bool is_page_good = check_page(config);
    return is_bind_good && is_pair_good && is_page_good;
}

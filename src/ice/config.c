// config.c - the settings of an agent, with all names resolved.
// Owner: hp_peer, then hp_ice_agent.  Thread: home makes it; then the peer's worker.
#include "ice/config.h"

#include <glib.h>

void
hp_ice_config_destroy(struct hp_ice_config *config)
{
    if (config == NULL) {
        return;
    }
    for (unsigned i = 0; i < config->server_count; i++) {
        g_free(config->servers[i].username);
        g_free(config->servers[i].credential);
    }
    g_strfreev(config->interfaces);
    g_free(config);
}

// config.c - the settings of an agent, with all names resolved.
// Owner: hp_peer, then hp_ice_agent.  Thread: home makes it; then the peer's worker.
#include "ice/config.h"

#include <string.h>

#include <glib.h>

#include "wire/address.h"

static bool
is_public_address(const struct hp_ice_config *config, const char *address)
{
    for (unsigned i = 0; i < config->public_count; i++) {
        if (strcmp(config->public_addresses[i], address) == 0) {
            return true;
        }
    }
    return false;
}

void
hp_ice_config_set_viewer(struct hp_ice_config *config, const char *address)
{
    if (address == NULL) {
        return;
    }
    enum hp_address_class class = hp_address_classify(address);
    config->with_loopback = config->with_loopback && class == HP_ADDRESS_LOOPBACK;
    config->is_far = (class == HP_ADDRESS_PUBLIC || class == HP_ADDRESS_RESERVED)
            && !is_public_address(config, address);
}

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

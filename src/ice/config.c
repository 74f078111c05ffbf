// config.c - the settings of an agent, with all names resolved.
// Owner: hp_peer, then hp_ice_agent.  Thread: home makes it; then the peer's worker.
#include "ice/config.h"

#include <string.h>

#include <glib.h>

static bool
has_public(const struct hp_ice_config *config, const char *address)
{
    for (unsigned i = 0; i < config->public_count; i++) {
        if (strcmp(config->public_addresses[i], address) == 0) {
            return true;
        }
    }
    return false;
}

// The first gap, or a new place; HP_ICE_PUBLIC_MAX: there is none.
static unsigned
find_place(struct hp_ice_config *config)
{
    for (unsigned i = 0; i < config->public_count; i++) {
        if (config->public_addresses[i][0] == '\0') {
            return i;
        }
    }
    return config->public_count < HP_ICE_PUBLIC_MAX ? config->public_count++ : HP_ICE_PUBLIC_MAX;
}

void
hp_ice_config_move(struct hp_ice_config *config, const struct hp_ice_config *next,
        hp_ice_public_fn tell, void *arg)
{
    for (unsigned i = 0; i < config->public_count; i++) {
        char *address = config->public_addresses[i];
        if (address[0] != '\0' && !has_public(next, address)) {
            tell(arg, i, true);
            address[0] = '\0';
        }
    }
    for (unsigned i = 0; i < next->public_count; i++) {
        const char *address = next->public_addresses[i];
        unsigned place = has_public(config, address) ? HP_ICE_PUBLIC_MAX : find_place(config);
        if (place < HP_ICE_PUBLIC_MAX) {
            g_strlcpy(config->public_addresses[place], address, HP_ADDRESS_TEXT_SIZE);
            tell(arg, place, false);
        }
    }
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

// discovery.c - where else the service answers.
// Owner: hp_relay.  Thread: its owner's.
// RFC 5780 section 6.
#include "relay/discovery.h"

#include <stddef.h>

// NULL-terminated texts; the addresses of the other family than `is_ipv4` wait for their turn.
static bool
read_family(struct hp_discovery *discovery, const char *const *addresses, bool is_ipv4)
{
    struct hp_addr *pair = discovery->pairs[discovery->pair_count];
    unsigned count = 0;
    for (const char *const *text = addresses; *text != NULL; text++) {
        struct hp_addr addr;
        if (!hp_addr_parse(&addr, *text, 0)) {
            return false;
        }
        if (hp_addr_is_ipv4(&addr) == is_ipv4) {
            pair[count++ % 2] = addr;
        }
    }
    bool is_pair = count == 2 && !hp_addr_equal_ip(&pair[0], &pair[1]);
    discovery->pair_count += is_pair;
    return count == 0 || is_pair;
}

bool
hp_discovery_read(struct hp_discovery *discovery, const char *const *addresses)
{
    discovery->pair_count = 0;
    return addresses == NULL
            || (read_family(discovery, addresses, true)
                    && read_family(discovery, addresses, false));
}

static const struct hp_addr *
find_other(const struct hp_discovery *discovery, const struct hp_addr *local)
{
    for (unsigned i = 0; i < discovery->pair_count; i++) {
        const struct hp_addr *pair = discovery->pairs[i];
        if (hp_addr_equal_ip(&pair[0], local)) {
            return &pair[1];
        }
        if (hp_addr_equal_ip(&pair[1], local)) {
            return &pair[0];
        }
    }
    return NULL;
}

bool
hp_discovery_turn(const struct hp_discovery *discovery, const struct hp_flow *from,
        uint32_t change, struct hp_flow *to)
{
    const struct hp_addr *other = find_other(discovery, &from->local);
    unsigned port = from->carrier == discovery->carriers[0] ? 0 : 1;
    if (other == NULL || discovery->carriers[1] == NULL
            || from->carrier != discovery->carriers[port]) {
        return false;
    }
    if ((change & HP_DISCOVERY_CHANGE_PORT) != 0) {
        port = 1 - port;
    }
    *to = (struct hp_flow){ .carrier = discovery->carriers[port],
        .local = (change & HP_DISCOVERY_CHANGE_ADDRESS) != 0 ? *other : from->local,
        .remote = from->remote };
    to->local.port = discovery->ports[port];
    return true;
}

// peers.c - the only addresses that TURN relays to.
// Owner: hp_relay.  Thread: its owner's.
// Against what CVE-2020-26262 and CVE-2026-27624 did to coturn's list of what is denied: this is a
// list of what is allowed, and an address has one form.
#include "relay/peers.h"

#include <string.h>

#include "wire/address.h"

static bool
is_reachable(const struct hp_addr *addr)
{
    char text[HP_ADDR_TEXT_SIZE];
    hp_addr_write(addr, text, sizeof(text));
    switch (hp_address_classify(text)) {
    case HP_ADDRESS_PUBLIC:
    case HP_ADDRESS_PRIVATE:
    case HP_ADDRESS_RESERVED: return true; // labs use reserved ones
    case HP_ADDRESS_LOOPBACK:
    case HP_ADDRESS_LINK_LOCAL:
    case HP_ADDRESS_MULTICAST:
    case HP_ADDRESS_UNSPECIFIED:
    case HP_ADDRESS_MDNS:
    case HP_ADDRESS_NAME:
    case HP_ADDRESS_INVALID: return false;
    }
    return false;
}

// The place of an address; peers->count: it has none.
static unsigned
find_place(const struct hp_peers *peers, const struct hp_addr *addr)
{
    unsigned i = 0;
    while (i < peers->count && !hp_addr_equal(&peers->addrs[i], addr)) {
        i++;
    }
    return i;
}

void
hp_peers_add(struct hp_peers *peers, const struct hp_addr *addr)
{
    if (!is_reachable(addr)) {
        return;
    }
    unsigned place = find_place(peers, addr);
    if (place == HP_PEERS_MAX) {
        place = 0; // that of the address which was added least recently
    } else if (place == peers->count) {
        peers->count++;
    }
    memmove(&peers->addrs[place], &peers->addrs[place + 1],
            (peers->count - 1 - place) * sizeof(*addr));
    peers->addrs[peers->count - 1] = *addr;
}

bool
hp_peers_has(const struct hp_peers *peers, const struct hp_addr *addr)
{
    return find_place(peers, addr) < peers->count;
}

bool
hp_peers_has_ip(const struct hp_peers *peers, const struct hp_addr *addr)
{
    for (unsigned i = 0; i < peers->count; i++) {
        if (hp_addr_equal_ip(&peers->addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

bool
hp_peers_has_ipv4(const struct hp_peers *peers)
{
    for (unsigned i = 0; i < peers->count; i++) {
        if (hp_addr_is_ipv4(&peers->addrs[i])) {
            return true;
        }
    }
    return false;
}

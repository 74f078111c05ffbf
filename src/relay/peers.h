// peers.h - the only addresses that TURN relays to: those where this server's own media is. All
// others are refused, so that nobody can reach anything else through the server. Embedded, on its
// owner's thread.
#pragma once

#include <stdbool.h>

#include "nat/addr.h"

enum { HP_PEERS_MAX = 64 };

struct hp_peers {
    struct hp_addr addrs[HP_PEERS_MAX]; // the one that was added most recently is the last
    unsigned count;
};

// Adds an address with its port. Loopback, link-local, multicast and unspecified addresses are left
// out, in all their forms. Beyond HP_PEERS_MAX the address that was added least recently is
// forgotten: a server whose prefixes change has new ones for good.
void hp_peers_add(struct hp_peers *peers, const struct hp_addr *addr);

bool hp_peers_has(const struct hp_peers *peers, const struct hp_addr *addr); // with its port
bool hp_peers_has_ip(const struct hp_peers *peers, const struct hp_addr *addr); // on any port
bool hp_peers_has_ipv4(const struct hp_peers *peers); // one at least

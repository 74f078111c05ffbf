// discovery.h - where else the service answers, for clients that find out how their NAT behaves
// (RFC 5780): from two addresses and two ports, four ways in all. Part of another object, on its
// owner's thread.
//
//   asked at          OTHER-ADDRESS     CHANGE-REQUEST: port   address   both
//   first  : shared   second : annex    first  : annex         second : shared   second : annex
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nat/addr.h"
#include "nat/flow.h"

enum {
    HP_DISCOVERY_PAIRS = 2, // one of IPv4 and one of IPv6
    HP_DISCOVERY_CHANGE_ADDRESS = 0x4, // RFC 5780 section 7.2
    HP_DISCOVERY_CHANGE_PORT = 0x2,
};

// Zeroed: nowhere else.
struct hp_discovery {
    struct hp_carrier *carriers[2]; // of the shared port, and of the annex
    uint16_t ports[2];
    struct hp_addr pairs[HP_DISCOVERY_PAIRS][2];
    unsigned pair_count;
};

// Reads two addresses of ours of a family, of IPv4, of IPv6 or of each, in any order;
// NULL-terminated, NULL: none. False: they are no pairs.
bool hp_discovery_read(struct hp_discovery *discovery, const char *const *addresses);

// The way from another address or port of ours, as `change` says (HP_DISCOVERY_CHANGE_*), to the
// client that came by `from`. False: there is none, as for clients that came by a connection or to
// an address that has no other.
bool hp_discovery_turn(const struct hp_discovery *discovery, const struct hp_flow *from,
        uint32_t change, struct hp_flow *to);

// throttle.h - limits how many messages of clients without an allocation are looked at: of one
// address, of one network, and in all. What anybody can send under any address draws on other
// buckets than what only the owner of an address can send. Its memory is the same whatever comes.
// Embedded, on its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"

struct hp_addr;

enum hp_throttle_lane {
    HP_THROTTLE_STRANGER, // by UDP: the address may be forged
    HP_THROTTLE_CONNECTION, // by TCP or TLS
    HP_THROTTLE_PROVEN, // with a nonce that we have sent to that address
    HP_THROTTLE_DISCOVERY, // by UDP, and the answer is a long one, or comes from elsewhere
};

// An address is one of IPv4 or a /64 of IPv6, a network a /24 or a /56.
enum {
    HP_THROTTLE_LANES = 4,
    // A page opens with a few requests a TURN address and interface.
    HP_THROTTLE_STRANGER_NETWORK_PER_S = 50,
    HP_THROTTLE_STRANGER_NETWORK_BURST = 200,
    HP_THROTTLE_STRANGER_TOTAL_PER_S = 2000,
    // A client of RFC 5780 or RFC 3489 sends a dozen requests, repetitions included.
    HP_THROTTLE_DISCOVERY_NETWORK_PER_S = 5,
    HP_THROTTLE_DISCOVERY_NETWORK_BURST = 50,
    HP_THROTTLE_DISCOVERY_TOTAL_PER_S = 100,
    // Of all connections of an address, behind which a room may be, and somebody who floods: an
    // answer costs less than a connection, and each has a limit of its own (tcp/clients.c).
    HP_THROTTLE_CONNECTION_PER_S = 1000,
    HP_THROTTLE_CONNECTION_BURST = 2000,
    HP_THROTTLE_PROVEN_PER_S = 500,
    HP_THROTTLE_PROVEN_BURST = 1000,
    HP_THROTTLE_NETWORK_FACTOR = 4, // a network of those two has so many times as much
    HP_THROTTLE_TOTAL_PER_S = 10000, // for each of those two
};

struct hp_throttle_buckets {
    struct hp_bucket *addresses; // those of equal hash share one; NULL: only networks count
    struct hp_bucket *networks;
    struct hp_bucket total;
};

struct hp_throttle {
    uint64_t seed; // nobody outside can aim at the bucket of another network
    struct hp_throttle_buckets lanes[HP_THROTTLE_LANES];
};

void hp_throttle_init(struct hp_throttle *throttle);
void hp_throttle_finish(struct hp_throttle *throttle);

// May one more message of that address in?
bool hp_throttle_admit(struct hp_throttle *throttle, enum hp_throttle_lane lane,
        const struct hp_addr *client);

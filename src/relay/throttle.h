// throttle.h - limits how many datagrams of strangers are looked at: of one network (/24 of IPv4,
// /56 of IPv6), and in all. Its memory is the same whatever comes. Embedded, on its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"

struct hp_addr;

enum {
    HP_THROTTLE_NETWORK_PER_S = 50, // a page opens with a few requests a TURN address and interface
    HP_THROTTLE_NETWORK_BURST = 200,
    HP_THROTTLE_TOTAL_PER_S = 2000,
};

struct hp_throttle {
    uint64_t seed; // nobody outside can aim at the bucket of another network
    struct hp_bucket *networks; // those of equal hash share one
    struct hp_bucket total;
};

void hp_throttle_init(struct hp_throttle *throttle);
void hp_throttle_finish(struct hp_throttle *throttle);

// May one more datagram of that address in?
bool hp_throttle_admit(struct hp_throttle *throttle, const struct hp_addr *client);

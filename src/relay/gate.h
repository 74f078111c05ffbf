// gate.h - limits how many datagrams of strangers are looked at: of one network (/24 of IPv4, /56
// of IPv6), and in all. Its memory is the same whatever comes. Embedded, on its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"

struct hp_addr;

enum {
    HP_GATE_NETWORK_PER_S = 50, // a page opens with a few requests a TURN address and interface
    HP_GATE_NETWORK_BURST = 200,
    HP_GATE_TOTAL_PER_S = 2000,
};

struct hp_gate {
    uint64_t seed; // nobody outside can aim at the bucket of another network
    struct hp_bucket *networks; // those of equal hash share one
    struct hp_bucket total;
};

void hp_gate_init(struct hp_gate *gate);
void hp_gate_finish(struct hp_gate *gate);

// May one more datagram of that address in?
bool hp_gate_admit(struct hp_gate *gate, const struct hp_addr *client);

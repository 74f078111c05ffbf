// budget.h - how many connectivity checks of one session go to addresses that have not answered: a
// few in any second, from the first one on. Pure. RFC 8445 section 19.5.1 (attacks that use ICE to
// flood).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"

enum {
    HP_ICE_CHECKS_PER_PAIR = 4, // that libnice sends to an address that is silent
    HP_ICE_BUDGET_PLANS = 32, // candidates whose checks may be under way at once
};

// Part of the session, so that a new peer does not begin anew; {0} is a fresh one. On the session's
// worker.
struct hp_ice_budget {
    struct {
        int64_t begin_us; // when the candidate was passed to libnice
        int64_t end_us; // from when on libnice sends none of them
        unsigned pairs;
        const void *user; // who passed it
    } plans[HP_ICE_BUDGET_PLANS];
    unsigned count;
};

// May a candidate that makes that many pairs pass now? True: its checks count from now on. A
// candidate whose own checks are more than the limit passes when no others come near them, so that
// a host with many addresses gets through, too.
bool hp_ice_budget_take(struct hp_ice_budget *budget, int64_t now_us, unsigned pairs,
        const void *user);

// The agent of that user ends: what it would have sent later is free again.
void hp_ice_budget_end(struct hp_ice_budget *budget, int64_t now_us, const void *user);

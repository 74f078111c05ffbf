// budget.h - how many connectivity checks go to addresses that have not answered: a few in any
// second, from the first one on. Pure. RFC 8445 section 19.5.1 (attacks that use ICE to flood).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"

enum {
    HP_ICE_CHECKS_PER_PAIR = 4, // that libnice sends to an address that is silent
    HP_ICE_BUDGET_PLANS = 32, // candidates whose checks may be under way at once
};

// Part of hp_ice_trickle; {0} is a fresh one.
struct hp_ice_budget {
    struct {
        int64_t begin_us; // when the candidate was passed to libnice
        unsigned pairs;
    } plans[HP_ICE_BUDGET_PLANS];
    unsigned count;
};

// May a candidate that makes that many pairs pass now? True: its checks count from now on. A
// candidate whose own checks are more than the limit passes when no others come near them, so that
// a host with many addresses gets through, too.
bool hp_ice_budget_take(struct hp_ice_budget *budget, int64_t now_us, unsigned pairs);

// limits.h - how many messages of one address pass in a second, in bounded memory: addresses share
// a fixed number of buckets by a hash that nobody outside can predict. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "nat/addr.h"

enum { HP_LIMITS_BUCKETS = 1024 };

// Part of another object, on its owner's thread.
struct hp_limits {
    uint32_t seed;
    struct hp_bucket buckets[HP_LIMITS_BUCKETS];
};

// Of each address `burst` messages pass at once, then `rate` a second.
void hp_limits_init(struct hp_limits *limits, double rate, double burst);

// May one more message of that address pass? Of IPv6 the network (/64) counts.
bool hp_limits_take(struct hp_limits *limits, const struct hp_addr *address);

// limits.c - how many messages of one address pass in a second.
// Owner: hp_demux.  Thread: its owner's.
#include "nat/limits.h"

#include <stddef.h>

#include "base/ident.h"

enum { NETWORK_SIZE = 8 }; // bytes of an IPv6 address that name its network

void
hp_limits_init(struct hp_limits *limits, double rate, double burst)
{
    hp_ident_random(&limits->seed, sizeof(limits->seed));
    for (unsigned i = 0; i < HP_LIMITS_BUCKETS; i++) {
        hp_bucket_init(&limits->buckets[i], rate, burst);
    }
}

static uint32_t
hash(const struct hp_limits *limits, const struct hp_addr *address)
{
    size_t size = hp_addr_is_ipv4(address) ? sizeof(address->ip) : NETWORK_SIZE;
    uint32_t sum = limits->seed;
    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ address->ip[i]) * 0x9e3779b1u;
        sum ^= sum >> 15;
    }
    return sum;
}

bool
hp_limits_take(struct hp_limits *limits, const struct hp_addr *address)
{
    return hp_bucket_take(&limits->buckets[hash(limits, address) % HP_LIMITS_BUCKETS], 1);
}

// throttle.c - limits how many messages of clients without an allocation are looked at.
// Owner: hp_relay.  Thread: its owner's.
#include "relay/throttle.h"

#include <string.h>

#include <glib.h>

#include "base/ident.h"
#include "nat/addr.h"
#include "wire/bytes.h"

enum {
    BUCKETS = 4096,
    IPV4_ADDRESS_SIZE = 16, // bytes of a mapped address
    IPV4_NETWORK_SIZE = 15, // a /24
    IPV6_ADDRESS_SIZE = 8, // a /64, what a host has
    IPV6_NETWORK_SIZE = 7, // a /56, what a home has
};

static struct hp_bucket *
create_buckets(double rate, double burst)
{
    struct hp_bucket *buckets = g_new(struct hp_bucket, BUCKETS);
    for (unsigned i = 0; i < BUCKETS; i++) {
        hp_bucket_init(&buckets[i], rate, burst);
    }
    return buckets;
}

// A lane of those whose addresses are their own.
static void
init_lane(struct hp_throttle_buckets *lane, unsigned rate, unsigned burst)
{
    lane->addresses = create_buckets(rate, burst);
    lane->networks = create_buckets(
            rate * HP_THROTTLE_NETWORK_FACTOR, burst * HP_THROTTLE_NETWORK_FACTOR);
    hp_bucket_init(&lane->total, HP_THROTTLE_TOTAL_PER_S, HP_THROTTLE_TOTAL_PER_S);
}

// A lane of those whose addresses may be forged.
static void
init_open_lane(struct hp_throttle_buckets *lane, unsigned rate, unsigned burst, unsigned total)
{
    lane->addresses = NULL;
    lane->networks = create_buckets(rate, burst);
    hp_bucket_init(&lane->total, total, total);
}

void
hp_throttle_init(struct hp_throttle *throttle)
{
    hp_ident_random(&throttle->seed, sizeof(throttle->seed));
    init_open_lane(&throttle->lanes[HP_THROTTLE_STRANGER], HP_THROTTLE_STRANGER_NETWORK_PER_S,
            HP_THROTTLE_STRANGER_NETWORK_BURST, HP_THROTTLE_STRANGER_TOTAL_PER_S);
    init_open_lane(&throttle->lanes[HP_THROTTLE_DISCOVERY], HP_THROTTLE_DISCOVERY_NETWORK_PER_S,
            HP_THROTTLE_DISCOVERY_NETWORK_BURST, HP_THROTTLE_DISCOVERY_TOTAL_PER_S);
    init_lane(&throttle->lanes[HP_THROTTLE_CONNECTION], HP_THROTTLE_CONNECTION_PER_S,
            HP_THROTTLE_CONNECTION_BURST);
    init_lane(&throttle->lanes[HP_THROTTLE_PROVEN], HP_THROTTLE_PROVEN_PER_S,
            HP_THROTTLE_PROVEN_BURST);
}

void
hp_throttle_finish(struct hp_throttle *throttle)
{
    for (unsigned i = 0; i < HP_THROTTLE_LANES; i++) {
        g_free(throttle->lanes[i].addresses);
        g_free(throttle->lanes[i].networks);
    }
}

// splitmix64's finish.
static uint64_t
mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

// The bucket of the first `size` bytes of an address.
static struct hp_bucket *
find_bucket(const struct hp_throttle *throttle, struct hp_bucket *buckets,
        const struct hp_addr *client, size_t size)
{
    uint8_t prefix[16] = { 0 };
    memcpy(prefix, client->ip, size);
    uint64_t hash = mix(mix(throttle->seed ^ hp_bytes_u64(prefix)) ^ hp_bytes_u64(prefix + 8));
    return &buckets[hash % BUCKETS];
}

bool
hp_throttle_admit(struct hp_throttle *throttle, enum hp_throttle_lane lane,
        const struct hp_addr *client)
{
    struct hp_throttle_buckets *buckets = &throttle->lanes[lane];
    bool is_ipv4 = hp_addr_is_ipv4(client);
    size_t address_size = is_ipv4 ? IPV4_ADDRESS_SIZE : IPV6_ADDRESS_SIZE;
    size_t network_size = is_ipv4 ? IPV4_NETWORK_SIZE : IPV6_NETWORK_SIZE;
    if (buckets->addresses != NULL
            && !hp_bucket_take(
                    find_bucket(throttle, buckets->addresses, client, address_size), 1)) {
        return false;
    }
    return hp_bucket_take(find_bucket(throttle, buckets->networks, client, network_size), 1)
            && hp_bucket_take(&buckets->total, 1);
}

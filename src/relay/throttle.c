// throttle.c - limits how many datagrams of strangers are looked at.
// Owner: hp_relay.  Thread: its owner's.
#include "relay/throttle.h"

#include <string.h>

#include <glib.h>

#include "base/ident.h"
#include "nat/addr.h"
#include "wire/bytes.h"

enum {
    NETWORKS = 4096,
    IPV4_NETWORK_SIZE = 15, // bytes of a mapped address: a /24
    IPV6_NETWORK_SIZE = 7, // a /56, what a home has
};

void
hp_throttle_init(struct hp_throttle *throttle)
{
    hp_ident_random(&throttle->seed, sizeof(throttle->seed));
    throttle->networks = g_new(struct hp_bucket, NETWORKS);
    for (unsigned i = 0; i < NETWORKS; i++) {
        hp_bucket_init(
                &throttle->networks[i], HP_THROTTLE_NETWORK_PER_S, HP_THROTTLE_NETWORK_BURST);
    }
    hp_bucket_init(&throttle->total, HP_THROTTLE_TOTAL_PER_S, HP_THROTTLE_TOTAL_PER_S);
}

void
hp_throttle_finish(struct hp_throttle *throttle)
{
    g_free(throttle->networks);
}

// splitmix64's finish.
static uint64_t
mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static struct hp_bucket *
find_network(struct hp_throttle *throttle, const struct hp_addr *client)
{
    uint8_t network[16] = { 0 };
    memcpy(network, client->ip, hp_addr_is_ipv4(client) ? IPV4_NETWORK_SIZE : IPV6_NETWORK_SIZE);
    uint64_t hash = mix(mix(throttle->seed ^ hp_bytes_u64(network)) ^ hp_bytes_u64(network + 8));
    return &throttle->networks[hash % NETWORKS];
}

bool
hp_throttle_admit(struct hp_throttle *throttle, const struct hp_addr *client)
{
    return hp_bucket_take(find_network(throttle, client), 1) && hp_bucket_take(&throttle->total, 1);
}

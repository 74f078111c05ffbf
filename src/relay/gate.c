// gate.c - limits how many datagrams of strangers are looked at.
// Owner: hp_relay.  Thread: its owner's.
#include "relay/gate.h"

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
hp_gate_init(struct hp_gate *gate)
{
    hp_ident_random(&gate->seed, sizeof(gate->seed));
    gate->networks = g_new(struct hp_bucket, NETWORKS);
    for (unsigned i = 0; i < NETWORKS; i++) {
        hp_bucket_init(&gate->networks[i], HP_GATE_NETWORK_PER_S, HP_GATE_NETWORK_BURST);
    }
    hp_bucket_init(&gate->total, HP_GATE_TOTAL_PER_S, HP_GATE_TOTAL_PER_S);
}

void
hp_gate_finish(struct hp_gate *gate)
{
    g_free(gate->networks);
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
find_network(struct hp_gate *gate, const struct hp_addr *client)
{
    uint8_t network[16] = { 0 };
    memcpy(network, client->ip, hp_addr_is_ipv4(client) ? IPV4_NETWORK_SIZE : IPV6_NETWORK_SIZE);
    uint64_t hash = mix(mix(gate->seed ^ hp_bytes_u64(network)) ^ hp_bytes_u64(network + 8));
    return &gate->networks[hash % NETWORKS];
}

bool
hp_gate_admit(struct hp_gate *gate, const struct hp_addr *client)
{
    return hp_bucket_take(find_network(gate, client), 1) && hp_bucket_take(&gate->total, 1);
}

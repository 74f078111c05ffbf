// allocations.c - the allocations of all TURN clients.
// Owner: hp_relay.  Thread: worker 0.
#include "relay/allocations.h"

#include <string.h>

#include "relay/credentials.h"

enum {
    FIRST_PORT = 49152, // RFC 8656 section 7.2
    LAST_PORT = 65535,
    REQUESTS_PER_S = 20,
    REQUEST_BURST = 100,
    BYTES_PER_S = 4 * 1024 * 1024, // what browsers send is small
    BYTE_BURST = 8 * 1024 * 1024,
    IPV6_NETWORK_SIZE = 8, // bytes: a /64, what a host has
};

// Addresses that stand for nothing and are never routed: the IPv4 dummy address (RFC 7600 section
// 4.8) and one of the discard-only block (RFC 6666).
static const uint8_t ipv4_dummy[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 0, 8 };
static const uint8_t ipv6_dummy[16] = { 0x01, 0x00, [15] = 8 };

static guint
hash_client(gconstpointer key)
{
    const struct hp_flow *flow = key;
    guint hash = 5381;
    for (size_t i = 0; i < sizeof(flow->remote.ip); i++) {
        hash = hash * 33 + flow->remote.ip[i];
    }
    return hash * 33 + flow->remote.port + (guint) flow->id;
}

static gboolean
is_same_client(gconstpointer a, gconstpointer b)
{
    const struct hp_flow *first = a, *second = b;
    return first->carrier == second->carrier && first->id == second->id
            && hp_addr_equal(&first->remote, &second->remote)
            && hp_addr_equal(&first->local, &second->local);
}

void
hp_allocations_init(struct hp_allocations *allocations)
{
    allocations->by_client = g_hash_table_new_full(hash_client, is_same_client, NULL, g_free);
    allocations->reservations.count = 0;
    allocations->next_port = FIRST_PORT;
}

void
hp_allocations_finish(struct hp_allocations *allocations)
{
    g_hash_table_destroy(allocations->by_client);
}

// A host of IPv6 has as many addresses of its /64 as it wants.
static bool
is_same_host(const struct hp_addr *a, const struct hp_addr *b)
{
    return hp_addr_equal_ip(a, b)
            || (!hp_addr_is_ipv4(a) && !hp_addr_is_ipv4(b)
                    && memcmp(a->ip, b->ip, IPV6_NETWORK_SIZE) == 0);
}

static bool
has_room(struct hp_allocations *allocations, const struct hp_flow *client, const char *name)
{
    const char *id = hp_credentials_id(name);
    unsigned of_session = 0, of_address = 0;
    GHashTableIter iter;
    gpointer value;
    if (g_hash_table_size(allocations->by_client) >= HP_ALLOCATIONS_MAX) {
        return false;
    }
    g_hash_table_iter_init(&iter, allocations->by_client);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct hp_allocation *other = value;
        of_session += strcmp(hp_credentials_id(other->name), id) == 0;
        of_address += is_same_host(&other->client.remote, &client->remote);
    }
    return of_session < HP_ALLOCATIONS_PER_SESSION && of_address < HP_ALLOCATIONS_PER_ADDRESS;
}

static bool
has_port(struct hp_allocations *allocations, uint16_t port, int64_t now_us)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, allocations->by_client);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((const struct hp_allocation *) value)->relayed.port == port) {
            return true;
        }
    }
    return hp_reservations_has(&allocations->reservations, port, now_us);
}

static bool
fits(struct hp_allocations *allocations, uint16_t port, bool is_even, int64_t now_us)
{
    if (has_port(allocations, port, now_us)) {
        return false;
    }
    return !is_even || (port % 2 == 0 && !has_port(allocations, port + 1, now_us));
}

static uint16_t
choose_port(struct hp_allocations *allocations, bool is_even, int64_t now_us)
{
    uint16_t port;
    do { // there are more ports than allocations and reservations
        port = allocations->next_port;
        allocations->next_port = port == LAST_PORT ? FIRST_PORT : (uint16_t) (port + 1);
    } while (!fits(allocations, port, is_even, now_us));
    return port;
}

struct hp_allocation *
hp_allocations_add(struct hp_allocations *allocations, const struct hp_flow *client,
        const char *name, const struct hp_relayed_wish *wish, int64_t now_us)
{
    if (!has_room(allocations, client, name)) {
        return NULL;
    }
    struct hp_allocation *allocation = g_new0(struct hp_allocation, 1);
    allocation->client = *client;
    memcpy(allocation->relayed.ip, wish->is_ipv6 ? ipv6_dummy : ipv4_dummy,
            sizeof(allocation->relayed.ip));
    allocation->relayed.port =
            wish->port != 0 ? wish->port : choose_port(allocations, wish->is_even, now_us);
    g_strlcpy(allocation->name, name, sizeof(allocation->name));
    hp_bucket_init(&allocation->requests, REQUESTS_PER_S, REQUEST_BURST);
    hp_bucket_init(&allocation->bytes, BYTES_PER_S, BYTE_BURST);
    g_hash_table_insert(allocations->by_client, &allocation->client, allocation);
    return allocation;
}

struct hp_allocation *
hp_allocations_find(
        struct hp_allocations *allocations, const struct hp_flow *client, int64_t now_us)
{
    struct hp_allocation *allocation = g_hash_table_lookup(allocations->by_client, client);
    if (allocation != NULL && allocation->expires_us <= now_us) {
        hp_allocations_remove(allocations, allocation);
        return NULL;
    }
    return allocation;
}

void
hp_allocations_remove(struct hp_allocations *allocations, struct hp_allocation *allocation)
{
    g_hash_table_remove(allocations->by_client, &allocation->client);
}

static gboolean
has_expired(gpointer key, gpointer value, gpointer now_us)
{
    (void) key;
    return ((const struct hp_allocation *) value)->expires_us <= *(const int64_t *) now_us;
}

void
hp_allocations_sweep(struct hp_allocations *allocations, int64_t now_us)
{
    g_hash_table_foreach_remove(allocations->by_client, has_expired, &now_us);
}

static gboolean
is_of_id(gpointer key, gpointer value, gpointer id)
{
    (void) key;
    return strcmp(hp_credentials_id(((const struct hp_allocation *) value)->name), id) == 0;
}

void
hp_allocations_remove_id(struct hp_allocations *allocations, const char *id)
{
    g_hash_table_foreach_remove(allocations->by_client, is_of_id, (gpointer) id);
}

unsigned
hp_allocations_count(const struct hp_allocations *allocations)
{
    return g_hash_table_size(allocations->by_client);
}

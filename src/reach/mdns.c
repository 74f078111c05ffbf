// mdns.c - finds the address behind a name that a browser has made for itself.
// Owner: hp_reach.  Thread: home.
// RFC 6762 section 5.2 (one query, repeated), section 11 (only neighbours count).
#include "reach/mdns.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include <glib.h>

#define LOG_TAG "mdns"
#include "base/bucket.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "reach/mdns_message.h"
#include "reach/own.h"

enum {
    SEARCHES_MAX = 32,
    ASKERS_MAX = 256,
    NETWORKS_MAX = 8, // that one query goes to
    NAMES_BURST = 6,  // names of one session at once: browsers make one for each interface
    ALL_BURST = 24,   // of all sessions together
};

#define NAMES_PER_S 0.1
#define ALL_PER_S 2

// What is sent, and when: an IPv4 address is likelier, and most answers come within 5 ms.
static const struct {
    int64_t wait_us; // until the next step
    bool is_query, is_ipv6;
} steps[] = {
    { 80 * 1000, true, false },
    { 220 * 1000, true, true },
    { 700 * 1000, true, false },
    { 0, false, false },
};

struct hp_mdns_search {
    struct hp_mdns *mdns;
    const struct hp_own *own;
    char name[HP_MDNS_NAME_SIZE]; // in lower case
    unsigned step;
    struct hp_timer timer;
    void (*on_found)(void *arg, const char *address);
    void *arg;
};

struct hp_mdns {
    struct hp_worker *home;
    struct hp_mdns_link link;
    GPtrArray *searches;
    GHashTable *askers; // id -> struct hp_bucket
    struct hp_bucket all;
    struct hp_mdns_stats stats;
};

static void
free_search(void *arg)
{
    struct hp_mdns_search *search = arg;
    hp_timer_stop(&search->timer);
    g_free(search);
}

struct hp_mdns *
hp_mdns_create(struct hp_worker *home, const struct hp_mdns_link *link)
{
    struct hp_mdns *mdns = g_new0(struct hp_mdns, 1);
    mdns->home = home;
    mdns->link = *link;
    mdns->searches = g_ptr_array_new_with_free_func(free_search);
    mdns->askers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    hp_bucket_init(&mdns->all, ALL_PER_S, ALL_BURST);
    return mdns;
}

void
hp_mdns_destroy(struct hp_mdns *mdns)
{
    if (mdns == NULL) {
        return;
    }
    g_ptr_array_unref(mdns->searches);
    g_hash_table_unref(mdns->askers);
    g_free(mdns);
}

static bool
has_interface(const struct hp_own_address *const *list, unsigned count, unsigned interface)
{
    for (unsigned i = 0; i < count; i++) {
        if (list[i]->interface == interface) {
            return true;
        }
    }
    return false;
}

// The addresses to send by: one for each interface, IPv4 rather than IPv6.
static unsigned
pick_networks(const struct hp_own *own, const struct hp_own_address *list[NETWORKS_MAX])
{
    unsigned count = 0;
    for (unsigned family = 0; family < 2; family++) {
        for (unsigned i = 0; i < own->count && count < NETWORKS_MAX; i++) {
            const struct hp_own_address *address = &own->addresses[i];
            if (address->is_ipv6 == (family == 1) && address->is_multicast && !address->is_virtual
                    && address->class != HP_ADDRESS_LOOPBACK
                    && !has_interface(list, count, address->interface)) {
                list[count++] = address;
            }
        }
    }
    return count;
}

static void
send_query(struct hp_mdns_search *search, bool is_ipv6)
{
    struct hp_mdns *mdns = search->mdns;
    const struct hp_own_address *list[NETWORKS_MAX];
    uint8_t query[HP_MDNS_QUERY_SIZE];
    hp_mdns_write_query(search->name, is_ipv6, query);
    unsigned count = pick_networks(search->own, list);
    for (unsigned i = 0; i < count; i++) {
        mdns->link.send(mdns->link.arg, list[i], query, sizeof(query));
        mdns->stats.queries++;
    }
}

// Ends the search.
static void
tell(struct hp_mdns_search *search, const char *address)
{
    void (*on_found)(void *arg, const char *address) = search->on_found;
    void *arg = search->arg;
    g_ptr_array_remove_fast(search->mdns->searches, search);
    on_found(arg, address);
}

static void
on_step(void *arg)
{
    struct hp_mdns_search *search = arg;
    if (!steps[search->step].is_query) {
        tell(search, NULL);
        return;
    }
    send_query(search, steps[search->step].is_ipv6);
    hp_timer_start(&search->timer, steps[search->step].wait_us);
    search->step++;
}

// A table that is full begins anew: the limit of all together holds.
static bool
may_ask(struct hp_mdns *mdns, const char *asker)
{
    struct hp_bucket *bucket = g_hash_table_lookup(mdns->askers, asker);
    if (bucket == NULL) {
        if (g_hash_table_size(mdns->askers) >= ASKERS_MAX) {
            g_hash_table_remove_all(mdns->askers);
        }
        bucket = g_new0(struct hp_bucket, 1);
        hp_bucket_init(bucket, NAMES_PER_S, NAMES_BURST);
        g_hash_table_insert(mdns->askers, g_strdup(asker), bucket);
    }
    return mdns->searches->len < SEARCHES_MAX && hp_bucket_take(bucket, 1)
            && hp_bucket_take(&mdns->all, 1);
}

struct hp_mdns_search *
hp_mdns_find(struct hp_mdns *mdns, const struct hp_own *own, const char *asker, const char *name,
        void (*on_found)(void *arg, const char *address), void *arg)
{
    assert(hp_worker_is_current(mdns->home));
    if (!hp_mdns_is_browser_name(name)) {
        return NULL;
    }
    if (!may_ask(mdns, asker)) {
        mdns->stats.refused++;
        return NULL;
    }
    struct hp_mdns_search *search = g_new0(struct hp_mdns_search, 1);
    search->mdns = mdns;
    search->own = own;
    search->on_found = on_found;
    search->arg = arg;
    for (unsigned i = 0; name[i] != '\0'; i++) {
        search->name[i] = g_ascii_tolower(name[i]);
    }
    hp_timer_init(&search->timer, mdns->home, on_step, search);
    g_ptr_array_add(mdns->searches, search);
    on_step(search);
    return search;
}

void
hp_mdns_cancel(struct hp_mdns_search *search)
{
    g_ptr_array_remove_fast(search->mdns->searches, search);
}

// A message under way through the parser.
struct reading {
    struct hp_mdns *mdns;
    const struct hp_own *own;
};

static bool
is_place_of_a_browser(const struct hp_own *own, const char *address)
{
    switch (hp_address_classify(address)) {
    case HP_ADDRESS_PUBLIC:
    case HP_ADDRESS_PRIVATE:
    case HP_ADDRESS_RESERVED: return hp_own_find_neighbour(own, address) != NULL;
    case HP_ADDRESS_LOOPBACK:
    case HP_ADDRESS_LINK_LOCAL:
    case HP_ADDRESS_MULTICAST:
    case HP_ADDRESS_UNSPECIFIED:
    case HP_ADDRESS_MDNS:
    case HP_ADDRESS_NAME:
    case HP_ADDRESS_INVALID: return false;
    }
    return false;
}

static void
on_record(void *arg, const struct hp_mdns_record *record)
{
    const struct reading *reading = arg;
    struct hp_mdns *mdns = reading->mdns;
    char address[HP_ADDRESS_TEXT_SIZE];
    inet_ntop(record->is_ipv6 ? AF_INET6 : AF_INET, record->bytes, address, sizeof(address));
    if (!is_place_of_a_browser(reading->own, address)) {
        return;
    }
    for (unsigned i = mdns->searches->len; i > 0; i--) {
        struct hp_mdns_search *search = g_ptr_array_index(mdns->searches, i - 1);
        if (strcmp(search->name, record->name) == 0) {
            log_debug("%s is %s", record->name, address);
            tell(search, address);
            i = MIN(i, mdns->searches->len + 1); // the callback may have ended others
        }
    }
}

void
hp_mdns_recv(struct hp_mdns *mdns, const struct hp_own *own, const char *from,
        const uint8_t *data, size_t size)
{
    struct reading reading = { mdns, own };
    bool is_neighbour = hp_own_find_neighbour(own, from) != NULL
            || hp_address_classify(from) == HP_ADDRESS_LINK_LOCAL;
    if (mdns->searches->len > 0 && is_neighbour) {
        hp_mdns_parse_answer(data, size, on_record, &reading);
    }
}

void
hp_mdns_get_stats(const struct hp_mdns *mdns, struct hp_mdns_stats *stats)
{
    *stats = mdns->stats;
}

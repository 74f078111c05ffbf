// clients.c - the connections of STUN and TURN clients.
// Owner: hp_tcp.  Thread: worker 0.
// RFC 8656 section 3.1 (TURN over TCP and TLS).
#include "tcp/clients.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/worker.h"
#include "gate/poller.h"
#include "gate/stream.h"
#include "tcp/link.h"

enum {
    SWEEP_US = 1000 * 1000,
    UNKNOWN_US = 10 * 1000 * 1000, // without an allocation
    PART_US = 10 * 1000 * 1000, // of silence within a message
    // Messages before the first allocation: two make one, and a page may ask for its address, too.
    HELLO_RATE = 2,
    HELLO_BURST = 20,
};

static const uint8_t allocate[] = { 0, 3 }; // the type of the request

static struct hp_link **
slot_of(struct hp_clients *clients, uint64_t id)
{
    return &clients->links[id % HP_LANES_CLIENTS_MAX];
}

// NULL: it has ended.
static struct hp_link *
find_link(struct hp_clients *clients, uint64_t id)
{
    struct hp_link *link = *slot_of(clients, id);
    return link != NULL && link->flow.id == id ? link : NULL;
}

// Lets the other workers know whether the link has room.
static void
mark(struct hp_clients *clients, struct hp_link *link)
{
    if (link->is_marked != link->is_blocked) {
        link->is_marked = link->is_blocked;
        hp_lanes_set_blocked(&clients->lanes, link->flow.id, link->is_marked);
    }
}

// ---- the end of a link ----

static void
unlist(struct hp_clients *clients, struct hp_link *link)
{
    if (link->is_listed) {
        g_queue_unlink(&clients->pushed, &link->item);
        link->is_listed = false;
    }
}

static void
end_link(struct hp_clients *clients, struct hp_link *link)
{
    *slot_of(clients, link->flow.id) = NULL;
    clients->count--;
    unlist(clients, link);
    clients->service.ops->on_end(clients->service.arg, &link->flow);
    clients->on_end(clients->arg, link->guest);
    hp_lanes_set_blocked(&clients->lanes, link->flow.id, false); // what waits for it is lost
    hp_link_destroy(link);
}

static bool
is_known(struct hp_clients *clients, struct hp_link *link)
{
    bool is_known = clients->service.ops->has_client(clients->service.arg, &link->flow);
    if (is_known) {
        link->known_us = hp_clock_now_us();
    }
    if (is_known && !link->is_valid) {
        link->is_valid = true;
        clients->on_proof(clients->arg, link->guest);
    }
    return is_known;
}

static bool
has_outlived(struct hp_clients *clients, struct hp_link *link)
{
    bool is_late =
            !is_known(clients, link) && hp_clock_silence_us(link->known_us) >= UNKNOWN_US;
    bool is_stuck =
            hp_link_has_part(link) && hp_clock_silence_us(link->heard_us) >= PART_US;
    clients->counters.timeouts += is_late || is_stuck;
    return link->is_broken || is_late || is_stuck;
}

static void
on_sweep(void *arg)
{
    struct hp_clients *clients = arg;
    for (unsigned i = 0; i < HP_LANES_CLIENTS_MAX; i++) {
        struct hp_link *link = clients->links[i];
        if (link != NULL && has_outlived(clients, link)) {
            end_link(clients, link);
        }
    }
    if (clients->count > 0) {
        hp_timer_start(&clients->sweep_timer, SWEEP_US);
    }
}

// ---- what comes ----

static bool
is_allocate(const uint8_t *datagram, size_t size)
{
    return size >= sizeof(allocate) && memcmp(datagram, allocate, sizeof(allocate)) == 0;
}

static bool
may_ask(struct hp_link *link)
{
    return link->is_valid || hp_bucket_take(&link->checks, 1);
}

// Gives the service one message. What it refuses is not asked again, as over UDP: a client that
// hears nothing has to learn that nothing comes.
static void
deliver(struct hp_clients *clients, struct hp_link *link, const uint8_t *datagram, size_t size)
{
    const struct hp_service *service = &clients->service;
    bool is_taken = may_ask(link)
            && service->ops->on_datagram(service->arg, &link->flow, datagram, size);
    if (is_taken && !link->is_preferred && is_allocate(datagram, size)) {
        link->is_preferred = true;
        clients->on_sign(clients->arg, link->guest);
    }
    if (!is_taken && !service->ops->has_client(service->arg, &link->flow)) {
        clients->counters.refused++;
        link->is_broken = true;
    }
}

// Gives the service all that has been read.
static void
process(struct hp_clients *clients, struct hp_link *link)
{
    enum hp_framer_verdict verdict = HP_FRAMER_DATAGRAM;
    const uint8_t *datagram = link->first; // what the reception has seen, or NULL
    size_t size = link->first_size;
    link->first = NULL;
    while (verdict == HP_FRAMER_DATAGRAM && !link->is_broken) {
        if (datagram != NULL) {
            deliver(clients, link, datagram, size);
        }
        verdict = hp_link_next(link, &datagram, &size);
    }
    if (verdict == HP_FRAMER_BROKEN || link->is_broken) {
        clients->counters.broken += verdict == HP_FRAMER_BROKEN;
        end_link(clients, link);
        return;
    }
    mark(clients, link);
    if (!link->is_valid) {
        (void) is_known(clients, link);
    }
}

static void
on_stream_event(void *arg, unsigned events)
{
    struct hp_link *link = arg;
    struct hp_clients *clients = link->owner;
    if (events & HP_STREAM_WRITABLE) {
        (void) hp_link_flush(link);
    }
    bool is_over = events & HP_STREAM_BROKEN || link->is_broken
            || (events & HP_STREAM_READABLE && !hp_link_read(link));
    if (is_over) {
        end_link(clients, link);
    } else {
        process(clients, link);
    }
}

// ---- who comes ----

// An IPv4 address itself, or the network of 64 bits of an IPv6 address.
static int64_t
network_of(const struct hp_link *link)
{
    const struct hp_addr *remote = &link->flow.remote;
    int64_t network;
    memcpy(&network, remote->ip + (hp_addr_is_ipv4(remote) ? sizeof(network) : 0), sizeof(network));
    return network;
}

static bool
may_give_way(const struct hp_link *link)
{
    return link != NULL && !link->is_valid;
}

// Adds up the connections that may give way; the keys are at `networks`.
static GHashTable *
count_networks(const struct hp_clients *clients, int64_t networks[HP_LANES_CLIENTS_MAX])
{
    GHashTable *counts = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (unsigned i = 0; i < HP_LANES_CLIENTS_MAX; i++) {
        if (may_give_way(clients->links[i])) {
            networks[i] = network_of(clients->links[i]);
            unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, &networks[i]));
            g_hash_table_insert(counts, &networks[i], GUINT_TO_POINTER(count + 1));
        }
    }
    return counts;
}

// The oldest of the network that has most connections without an allocation. NULL: there is none.
static struct hp_link *
choose_link(const struct hp_clients *clients)
{
    int64_t networks[HP_LANES_CLIENTS_MAX];
    GHashTable *counts = count_networks(clients, networks);
    struct hp_link *chosen = NULL;
    unsigned most = 0;
    for (unsigned i = 0; i < HP_LANES_CLIENTS_MAX; i++) {
        struct hp_link *link = clients->links[i];
        if (!may_give_way(link)) {
            continue;
        }
        unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, &networks[i]));
        if (count > most || (count == most && link->flow.id < chosen->flow.id)) {
            chosen = link;
            most = count;
        }
    }
    g_hash_table_unref(counts);
    return chosen;
}

static bool
has_room(struct hp_clients *clients)
{
    if (clients->count < HP_LANES_CLIENTS_MAX) {
        return true;
    }
    struct hp_link *link = choose_link(clients);
    clients->counters.crowded++;
    if (link != NULL) {
        end_link(clients, link);
    }
    return link != NULL;
}

// False: there are too many.
static bool
choose_id(struct hp_clients *clients, uint64_t *id)
{
    if (!has_room(clients)) {
        return false;
    }
    do {
        *id = ++clients->last_id;
    } while (*slot_of(clients, *id) != NULL);
    return true;
}

void
hp_clients_add(struct hp_clients *clients, struct hp_link *link)
{
    assert(hp_worker_is_current(clients->worker));
    if (!choose_id(clients, &link->flow.id)) {
        clients->on_end(clients->arg, link->guest);
        hp_link_destroy(link);
        return;
    }
    link->owner = clients;
    hp_bucket_init(&link->checks, HELLO_RATE, HELLO_BURST);
    link->flow.carrier = &clients->lanes.carrier;
    *slot_of(clients, link->flow.id) = link;
    clients->count++;
    clients->counters.links++;
    hp_stream_attach(link->stream, clients->poller, on_stream_event, link);
    hp_link_watch(link);
    if (!hp_timer_is_running(&clients->sweep_timer)) {
        hp_timer_start(&clients->sweep_timer, SWEEP_US);
    }
    process(clients, link);
}

bool
hp_clients_cut(struct hp_clients *clients, uint64_t guest)
{
    for (unsigned i = 0; i < HP_LANES_CLIENTS_MAX; i++) {
        struct hp_link *link = clients->links[i];
        if (link != NULL && link->guest == guest) {
            end_link(clients, link);
            return true;
        }
    }
    return false;
}

// ---- what goes ----

// A broken link is ended by the sweep, since its own caller may send here.
static void
note_end(struct hp_clients *clients, const struct hp_link *link)
{
    if (link->is_broken) {
        hp_timer_start(&clients->sweep_timer, 0);
    }
}

static unsigned
send_run(void *arg, uint64_t id, const struct hp_segment *segments, unsigned count)
{
    struct hp_clients *clients = arg;
    struct hp_link *link = find_link(clients, id);
    if (link == NULL) {
        return count; // lost, as on any network
    }
    unsigned sent = hp_link_send(link, segments, count);
    mark(clients, link);
    note_end(clients, link);
    return sent;
}

static void
on_datagram(void *arg, uint64_t id, const struct hp_segment *segment)
{
    struct hp_clients *clients = arg;
    struct hp_link *link = find_link(clients, id);
    if (link == NULL) {
        return;
    }
    clients->counters.lost += !hp_link_push(link, segment);
    mark(clients, link); // at once: what other workers send from now on has no room
    if (!link->is_listed) {
        link->is_listed = true;
        g_queue_push_tail_link(&clients->pushed, &link->item);
    }
}

static void
on_rest(void *arg)
{
    struct hp_clients *clients = arg;
    GList *item;
    while ((item = g_queue_peek_head_link(&clients->pushed)) != NULL) {
        struct hp_link *link = item->data;
        unlist(clients, link);
        if (!link->is_blocked) {
            (void) hp_link_flush(link);
        }
        mark(clients, link);
        note_end(clients, link);
    }
}

void
hp_clients_init(
        struct hp_clients *clients, struct hp_worker *const *workers, unsigned worker_count)
{
    static const struct hp_lanes_cbs cbs = {
        .send_run = send_run,
        .on_datagram = on_datagram,
        .on_rest = on_rest,
    };
    clients->poller = hp_poller_create(clients->worker);
    g_queue_init(&clients->pushed);
    hp_timer_init(&clients->sweep_timer, clients->worker, on_sweep, clients);
    hp_lanes_init(&clients->lanes, workers, worker_count, clients->poller, &cbs, clients);
}

void
hp_clients_finish(struct hp_clients *clients)
{
    for (unsigned i = 0; i < HP_LANES_CLIENTS_MAX; i++) {
        hp_link_destroy(clients->links[i]);
    }
    hp_lanes_finish(&clients->lanes);
    hp_poller_destroy(clients->poller);
}

// side.c - the connections of one worker whose purpose is known, and their carrier.
// Owner: hp_tcp.  Thread: the worker's.
#include "tcp/side.h"

#include <assert.h>

#include "base/clock.h"
#include "base/worker.h"
#include "gate/poller.h"
#include "gate/stream.h"
#include "nat/ingress.h"
#include "tcp/link.h"

enum {
    SWEEP_US = 1000 * 1000,
    PROOF_US = 10 * 1000 * 1000, // for an authentic check
    IDLE_US = 60 * 1000 * 1000, // browsers check a pair in use every few seconds
    LAST_STUN_BYTE = 3, // RFC 7983
    PEER_LINKS_MAX = 6, // proven ones: a browser uses one, and keeps some for a change of network
};

static struct hp_link *
find_link(const struct hp_side *side, const struct hp_flow *flow)
{
    return g_hash_table_lookup(side->links, &flow->id);
}

// ---- the end of a link ----

static void
tell_room(struct hp_side *side)
{
    if (side->waits.first != NULL) {
        hp_timer_start(&side->room_timer, 0);
    }
}

static void
end_link(struct hp_side *side, struct hp_link *link)
{
    g_hash_table_remove(side->links, &link->flow.id);
    side->on_end(side->arg, link->guest);
    hp_link_destroy(link);
    tell_room(side); // what waits for that link is lost
}

static bool
has_outlived(struct hp_side *side, const struct hp_link *link)
{
    if (link->is_broken || hp_clock_silence_us(link->heard_us) > IDLE_US) {
        return true;
    }
    bool is_unproven = !link->is_valid && hp_clock_silence_us(link->since_us) > PROOF_US;
    side->counters.unproven += is_unproven;
    return is_unproven || !hp_ingress_has(side->ingress, &link->peer);
}

static void
on_sweep(void *arg)
{
    struct hp_side *side = arg;
    GList *links = g_hash_table_get_values(side->links);
    for (GList *item = links; item != NULL; item = item->next) {
        if (has_outlived(side, item->data)) {
            end_link(side, item->data);
        }
    }
    g_list_free(links);
    if (g_hash_table_size(side->links) > 0) {
        hp_timer_start(&side->sweep_timer, SWEEP_US);
    }
}

// ---- what comes ----

// False: the peer has gone.
static bool
deliver(struct hp_side *side, struct hp_link *link, const uint8_t *datagram, size_t size)
{
    bool is_check = size > 0 && datagram[0] <= LAST_STUN_BYTE;
    if (size == 0 || (is_check && !hp_bucket_take(&link->checks, 1))) {
        return true;
    }
    return hp_ingress_deliver(side->ingress, &link->peer, &link->flow, datagram, size);
}

// Looks at all that has been read. False: the link has ended.
static bool
process(struct hp_side *side, struct hp_link *link)
{
    const uint8_t *datagram;
    size_t size;
    enum hp_framer_verdict verdict;
    while ((verdict = hp_link_next(link, &datagram, &size)) == HP_FRAMER_DATAGRAM) {
        if (!deliver(side, link, datagram, size) || link->is_broken) {
            end_link(side, link);
            return false;
        }
    }
    if (verdict == HP_FRAMER_BROKEN) {
        side->counters.broken++;
        end_link(side, link);
    }
    return verdict != HP_FRAMER_BROKEN;
}

static void
on_stream_event(void *arg, unsigned events)
{
    struct hp_link *link = arg;
    struct hp_side *side = link->owner;
    if (events & HP_STREAM_WRITABLE && hp_link_flush(link)) {
        tell_room(side);
    }
    bool is_over = events & HP_STREAM_BROKEN || link->is_broken
            || (events & HP_STREAM_READABLE && !hp_link_read(link));
    if (is_over) {
        end_link(side, link);
    } else {
        process(side, link);
    }
}

void
hp_side_add(struct hp_side *side, struct hp_link *link)
{
    assert(hp_worker_is_current(side->worker));
    link->owner = side;
    link->flow.carrier = &side->carrier;
    link->flow.id = ++side->last_id;
    side->counters.links++;
    g_hash_table_insert(side->links, &link->flow.id, link);
    hp_stream_attach(link->stream, side->poller, on_stream_event, link);
    hp_link_watch(link);
    if (!hp_timer_is_running(&side->sweep_timer)) {
        hp_timer_start(&side->sweep_timer, SWEEP_US);
    }
    const uint8_t *first = link->first;
    link->first = NULL;
    if (first != NULL && !deliver(side, link, first, link->first_size)) {
        end_link(side, link);
    } else {
        process(side, link);
    }
}

void
hp_side_cut(struct hp_side *side, uint64_t guest)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, side->links);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct hp_link *link = value;
        if (link->guest == guest) {
            end_link(side, link);
            return;
        }
    }
}

// ---- the carrier ----

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    struct hp_side *side = (struct hp_side *) carrier;
    assert(hp_worker_is_current(side->worker));
    struct hp_link *link = find_link(side, flow);
    if (link == NULL) {
        return count; // lost, as on any network
    }
    if (count > 0 && segments->size > 0 && segments->data[0] > LAST_STUN_BYTE) {
        link->used_us = hp_clock_now_us();
    }
    bool was_blocked = link->is_blocked;
    unsigned sent = hp_link_send(link, segments, count);
    if (was_blocked && !link->is_blocked) {
        tell_room(side); // a check has taken what waited with it
    }
    if (link->is_broken) {
        hp_timer_start(&side->sweep_timer, 0);
    }
    return sent;
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    struct hp_side *side = (struct hp_side *) carrier;
    const struct hp_link *link = find_link(side, flow);
    assert(wait->worker == side->worker);
    if (!wait->is_waiting) {
        hp_waits_add(&side->waits, wait);
    }
    if (link == NULL || !link->is_blocked) {
        tell_room(side);
    }
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    struct hp_side *side = (struct hp_side *) carrier;
    if (wait->is_waiting) {
        hp_waits_remove(&side->waits, wait);
    }
}

// Of the peer's proven links the one that is to be cut, if there are too many: the oldest of those
// that have carried no media, else the one that has carried none for longest. Never the newest one.
static struct hp_link *
find_surplus(const struct hp_side *side, const struct hp_link *newest)
{
    GHashTableIter iter;
    gpointer value;
    struct hp_link *surplus = NULL;
    unsigned count = 0;
    g_hash_table_iter_init(&iter, side->links);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct hp_link *link = value;
        if (!link->is_valid || link->is_broken || link->peer.handle != newest->peer.handle) {
            continue;
        }
        count++;
        bool is_first = surplus == NULL || link->used_us < surplus->used_us
                || (link->used_us == surplus->used_us && link->flow.id < surplus->flow.id);
        surplus = link != newest && is_first ? link : surplus;
    }
    return count > PEER_LINKS_MAX ? surplus : NULL;
}

// Ended by the sweep, since the peer may be at work with the link.
static void
cut_surplus(struct hp_side *side, const struct hp_link *newest)
{
    struct hp_link *surplus = find_surplus(side, newest);
    if (surplus != NULL) {
        side->counters.surplus++;
        surplus->is_broken = true;
        hp_timer_start(&side->sweep_timer, 0);
    }
}

static void
validate(struct hp_carrier *carrier, const struct hp_flow *flow)
{
    struct hp_side *side = (struct hp_side *) carrier;
    struct hp_link *link = find_link(side, flow);
    if (link != NULL && !link->is_valid) {
        link->is_valid = true;
        side->on_proof(side->arg, link->guest);
        cut_surplus(side, link);
    }
}

static void
on_room(void *arg)
{
    struct hp_side *side = arg;
    hp_waits_tell(&side->waits);
}

void
hp_side_init(struct hp_side *side)
{
    static const struct hp_carrier_ops ops = {
        .send_run = send_run,
        .await = await,
        .cancel = cancel,
        .validate = validate,
    };
    side->carrier = (struct hp_carrier){ .ops = &ops, .kind = HP_PATH_TCP };
    side->links = g_hash_table_new(g_int64_hash, g_int64_equal);
    side->poller = hp_poller_create(side->worker);
    hp_timer_init(&side->room_timer, side->worker, on_room, side);
    hp_timer_init(&side->sweep_timer, side->worker, on_sweep, side);
}

void
hp_side_finish(struct hp_side *side)
{
    GList *links = g_hash_table_get_values(side->links);
    g_list_free_full(links, (GDestroyNotify) hp_link_destroy);
    g_hash_table_unref(side->links);
    hp_poller_destroy(side->poller);
}

// lanes.c - the carrier of TURN clients' connections.
// Owner: hp_clients.  Thread: worker 0, except the carrier's ops: every worker.
//
// Nobody who waits is forgotten: a waiter first says that it waits and then looks whether there is
// room; worker 0 first makes room and then looks whether anybody waits.
#include "tcp/lanes.h"

#include <assert.h>

#include <glib.h>

#define LOG_TAG "tcp"
#include "base/log.h"
#include "base/worker.h"
#include "gate/poller.h"
#include "nat/ring.h"
#include "nat/waits.h"
#include "tcp/framer.h"

enum {
    // What is under way when a connection gets full finds room in its link: see
    // HP_LINK_TURN_OUT_MAX. A full ring costs its worker a wait for worker 0.
    RING_SLOTS = 128,
    TURN_MAX = 64, // datagrams in a turn of worker 0's loop, so that nothing else starves
};

struct hp_lane {
    struct hp_lanes *lanes;
    struct hp_worker *worker;
    struct hp_ring *ring; // NULL: of worker 0, or no descriptor was left
    struct hp_poller_watch watch; // on worker 0
    struct hp_waits waits; // on the lane's worker
    atomic_bool is_waited; // somebody is to be told of room
};

static bool
is_blocked(struct hp_lanes *lanes, uint64_t id)
{
    return atomic_load(&lanes->blocked[id % HP_LANES_CLIENTS_MAX]) == id;
}

// ---- those who wait ----

static void
run_tell(void *arg)
{
    struct hp_lane *lane = arg;
    hp_waits_tell(&lane->waits);
}

static void
tell(struct hp_lane *lane)
{
    if (atomic_exchange(&lane->is_waited, false)) {
        hp_worker_post(lane->worker, run_tell, lane);
    }
}

void
hp_lanes_set_blocked(struct hp_lanes *lanes, uint64_t id, bool is_blocked)
{
    atomic_store(&lanes->blocked[id % HP_LANES_CLIENTS_MAX], is_blocked ? id : 0);
    for (unsigned i = 0; i < lanes->count && !is_blocked; i++) {
        tell(&lanes->lanes[i]);
    }
}

static struct hp_lane *
find_lane(struct hp_lanes *lanes)
{
    for (unsigned i = 0; i < lanes->count; i++) {
        if (hp_worker_is_current(lanes->lanes[i].worker)) {
            return &lanes->lanes[i];
        }
    }
    assert(false); // only workers send and wait
    return NULL;
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    struct hp_lanes *lanes = (struct hp_lanes *) carrier;
    struct hp_lane *lane = find_lane(lanes);
    assert(lane->worker == wait->worker);
    if (!wait->is_waiting) {
        hp_waits_add(&lane->waits, wait);
    }
    atomic_store(&lane->is_waited, true);
    if (is_blocked(lanes, flow->id)) {
        return;
    }
    if (lane->ring == NULL) {
        tell(lane);
    } else {
        hp_ring_wake(lane->ring); // it is full, or was: worker 0 tells
    }
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    struct hp_lane *lane = find_lane((struct hp_lanes *) carrier);
    if (wait->is_waiting) {
        hp_waits_remove(&lane->waits, wait);
    }
}

// ---- datagrams ----

// What is no media goes to a connection without room, too: see hp_link_send(). False: no room.
static bool
push(struct hp_lane *lane, const struct hp_flow *flow, const struct hp_segment *segment)
{
    if (is_blocked(lane->lanes, flow->id)
            && hp_framer_is_media(HP_FRAMER_TURN, segment->data, segment->size)) {
        return false;
    }
    return segment->size > HP_DATAGRAM_MAX // which no network carries
            || hp_ring_push(lane->ring, 0, flow, segment->data, segment->size);
}

// A lane without a ring loses all.
static unsigned
push_run(struct hp_lane *lane, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    unsigned sent = 0;
    if (lane->ring == NULL) {
        return count;
    }
    while (sent < count && push(lane, flow, &segments[sent])) {
        sent++;
    }
    hp_ring_wake(lane->ring);
    return sent;
}

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    struct hp_lanes *lanes = (struct hp_lanes *) carrier;
    struct hp_lane *lane = find_lane(lanes);
    if (lane == &lanes->lanes[0]) {
        return lanes->cbs->send_run(lanes->arg, flow->id, segments, count);
    }
    return push_run(lane, flow, segments, count);
}

static void
on_ring(void *arg, uint32_t events)
{
    struct hp_lane *lane = arg;
    struct hp_lanes *lanes = lane->lanes;
    const struct hp_datagram *datagram = NULL;
    (void) events;
    hp_ring_clear_event(lane->ring);
    for (unsigned i = 0; i < TURN_MAX && (datagram = hp_ring_peek(lane->ring)) != NULL; i++) {
        const struct hp_segment segment = { datagram->data, datagram->size };
        lanes->cbs->on_datagram(lanes->arg, datagram->flow.id, &segment);
        hp_ring_pop(lane->ring);
    }
    if (datagram != NULL) {
        hp_ring_wake(lane->ring); // more may be there, but the event is cleared
    }
    lanes->cbs->on_rest(lanes->arg);
    tell(lane);
}

void
hp_lanes_init(struct hp_lanes *lanes, struct hp_worker *const *workers, unsigned count,
        struct hp_poller *poller, const struct hp_lanes_cbs *cbs, void *arg)
{
    static const struct hp_carrier_ops ops = {
        .send_run = send_run,
        .await = await,
        .cancel = cancel,
    };
    lanes->carrier = (struct hp_carrier){ .ops = &ops, .kind = HP_PATH_TCP };
    lanes->cbs = cbs;
    lanes->arg = arg;
    lanes->poller = poller;
    lanes->lanes = g_new0(struct hp_lane, count);
    lanes->count = count;
    for (unsigned i = 0; i < count; i++) {
        struct hp_lane *lane = &lanes->lanes[i];
        lane->lanes = lanes;
        lane->worker = workers[i];
        lane->ring = i == 0 ? NULL : hp_ring_create(RING_SLOTS);
        if (i > 0 && lane->ring == NULL) {
            log_warn("no descriptor is left for TURN over TCP, whose clients may get no media: "
                     "raise the limit of open files (ulimit -n)");
        }
        if (lane->ring != NULL) {
            hp_poller_init_watch(&lane->watch, poller, hp_ring_fd(lane->ring), on_ring, lane);
            hp_poller_set(&lane->watch, EPOLLIN);
        }
    }
}

void
hp_lanes_finish(struct hp_lanes *lanes)
{
    for (unsigned i = 0; i < lanes->count; i++) {
        hp_poller_finish_watch(&lanes->lanes[i].watch);
        hp_ring_destroy(lanes->lanes[i].ring);
    }
    g_free(lanes->lanes);
}

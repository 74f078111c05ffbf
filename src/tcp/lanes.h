// lanes.h - the carrier of TURN clients' connections. Those are on worker 0; a peer on any other
// worker sends by that worker's lane: a bounded ring to worker 0, a mark that tells which
// connections have no room, and those who wait for room.
//
//   peer on worker N --send_run--> ring of lane N --on_datagram--> the client's link (worker 0)
//   peer on worker N <-on_writable-- lane N <-- hp_lanes_set_blocked()
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"

enum { HP_LANES_CLIENTS_MAX = 1024 }; // as many as the relay has allocations

struct hp_lane;
struct hp_poller;

// All on worker 0. `id` is that of a flow; it may have ended.
struct hp_lanes_cbs {
    // A peer of worker 0 sends; as hp_carrier_ops says.
    unsigned (*send_run)(void *arg, uint64_t id, const struct hp_segment *segments, unsigned count);
    // A datagram of another worker, where it counts as sent; borrowed.
    void (*on_datagram)(void *arg, uint64_t id, const struct hp_segment *segment);
    void (*on_rest)(void *arg); // no more datagrams come for now
};

// Part of hp_clients.
struct hp_lanes {
    struct hp_carrier carrier; // the first member: the ops cast back
    const struct hp_lanes_cbs *cbs;
    void *arg;
    struct hp_poller *poller; // of worker 0
    struct hp_lane *lanes; // of each worker
    unsigned count;
    // Ids of connections without room, each at its id modulo the size; no two that are open meet.
    atomic_uint_fast64_t blocked[HP_LANES_CLIENTS_MAX];
};

// The list is copied; the poller is one of workers[0]. Home thread.
void hp_lanes_init(struct hp_lanes *lanes, struct hp_worker *const *workers, unsigned count,
        struct hp_poller *poller, const struct hp_lanes_cbs *cbs, void *arg);
void hp_lanes_finish(struct hp_lanes *lanes); // after all workers have ended

// Has that connection no room? Where it has room again, those who wait are told. Worker 0.
void hp_lanes_set_blocked(struct hp_lanes *lanes, uint64_t id, bool is_blocked);

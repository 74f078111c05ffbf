// side.h - the connections of one worker whose purpose is known, and their carrier. On the worker's
// thread, except where a comment says otherwise.
#pragma once

#include <stdint.h>

#include <glib.h>

#include "base/timer.h"
#include "nat/flow.h"
#include "nat/waits.h"

struct hp_ingress;
struct hp_link;
struct hp_poller;

// All since the start.
struct hp_side_counters {
    uint64_t links; // that were taken
    uint64_t unproven; // without an authentic check in time
    uint64_t broken; // whose bytes had no meaning
    uint64_t surplus; // that were cut, since their peer had newer ones
};

// Part of hp_tcp.
struct hp_side {
    struct hp_carrier carrier; // the first member: the ops cast back
    struct hp_ingress *ingress;
    struct hp_worker *worker;
    struct hp_poller *poller;
    void (*on_proof)(void *arg, uint64_t guest); // its first authentic check has come
    void (*on_end)(void *arg, uint64_t guest); // its connection has ended
    void *arg;
    GHashTable *links; // by the id of their flow
    uint64_t last_id;
    struct hp_waits waits; // for room in any link
    struct hp_timer room_timer; // tells them
    struct hp_timer sweep_timer; // runs while there are links
    struct hp_side_counters counters;
};

// The owner has filled in ingress, worker, on_proof, on_end and arg. Home thread.
void hp_side_init(struct hp_side *side);
void hp_side_finish(struct hp_side *side); // after the worker has ended; on_end does not come

// Takes a link that no poller has, with its flow's addresses.
void hp_side_add(struct hp_side *side, struct hp_link *link);

// Ends that guest's link, if it is here; on_end comes.
void hp_side_cut(struct hp_side *side, uint64_t guest);

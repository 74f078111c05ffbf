// clients.h - the connections of STUN and TURN clients, whose messages go to a service. On worker
// 0; their carrier (tcp/lanes.h) on every worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/timer.h"
#include "nat/service.h"
#include "tcp/lanes.h"

struct hp_link;
struct hp_poller;

// All since the start.
struct hp_clients_counters {
    uint64_t links; // that were taken
    uint64_t crowded; // that gave way or were refused, since HP_LANES_CLIENTS_MAX were there
    uint64_t timeouts; // that ended without an allocation, or within a message
    uint64_t broken; // whose bytes had no meaning
    uint64_t refused; // which the service knows not, and of which it took no message
    uint64_t lost; // datagrams that a slow client had no room for
};

// Part of hp_tcp. The owner has filled in what stands above `lanes`.
struct hp_clients {
    struct hp_service service; // with has_client and on_end
    struct hp_worker *worker; // 0
    // Its first request for an allocation has been answered: credentials may follow.
    void (*on_sign)(void *arg, uint64_t guest);
    void (*on_proof)(void *arg, uint64_t guest); // it has its first allocation
    void (*on_end)(void *arg, uint64_t guest); // its connection has ended
    void *arg;
    struct hp_lanes lanes;
    struct hp_poller *poller;
    struct hp_link *links[HP_LANES_CLIENTS_MAX]; // by the id of their flow, modulo the size
    unsigned count;
    uint64_t last_id;
    GQueue pushed; // links with datagrams that are to be flushed
    struct hp_timer sweep_timer; // runs while there are links
    struct hp_clients_counters counters;
};

// `workers`: all, 0 first. Home thread.
void hp_clients_init(
        struct hp_clients *clients, struct hp_worker *const *workers, unsigned worker_count);
// After all workers have ended; neither on_end nor the service's comes.
void hp_clients_finish(struct hp_clients *clients);

// Takes a link that no poller has, with its flow's addresses. If there are too many, the oldest one
// without an allocation gives way, of the network that has most of those.
void hp_clients_add(struct hp_clients *clients, struct hp_link *link);

// Ends that guest's link; on_end comes. False: it is not here.
bool hp_clients_cut(struct hp_clients *clients, uint64_t guest);

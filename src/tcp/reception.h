// reception.h - connections whose first message has not come yet: it tells which worker they belong
// to, or that they are of a TURN client. On worker 0.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/timer.h"

struct hp_ingress;
struct hp_link;
struct hp_poller;

// Part of hp_tcp. The owner has filled in what stands above `links`.
struct hp_reception {
    struct hp_ingress *ingress;
    struct hp_worker *worker; // 0
    // Takes the link, whose `peer` and `first` are set; no poller has it.
    void (*on_peer)(void *arg, struct hp_link *link);
    // The same for a TURN client, without a peer. NULL: none is let in.
    void (*on_client)(void *arg, struct hp_link *link);
    void (*on_end)(void *arg, uint64_t guest); // its connection has ended
    void *arg;
    GQueue links; // oldest first
    struct hp_poller *poller;
    struct hp_timer timer; // due when the oldest link has had its time
    uint64_t refused; // that no message begins, or whose check is for no peer
    uint64_t timeouts;
};

void hp_reception_init(struct hp_reception *reception); // home thread
// After the worker has ended; on_end does not come.
void hp_reception_finish(struct hp_reception *reception);

// Takes a link that no poller has.
void hp_reception_add(struct hp_reception *reception, struct hp_link *link);

// Ends that guest's link; on_end comes. False: it is not here.
bool hp_reception_cut(struct hp_reception *reception, uint64_t guest);

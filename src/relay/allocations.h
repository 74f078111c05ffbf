// allocations.h - the allocations of all TURN clients, found by the client's way to us (RFC 8656
// section 5: the 5-tuple). Bounded in all, by the session that the credentials name, and by the
// client's address, which is a /64 of IPv6. Embedded, on worker 0.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "relay/allocation.h"
#include "relay/reservations.h"

enum {
    HP_ALLOCATIONS_MAX = 1024,
    HP_ALLOCATIONS_PER_SESSION = 16, // a browser: one for each TURN address and interface
    HP_ALLOCATIONS_PER_ADDRESS = 256, // a room of people may sit behind one address
};

struct hp_allocations {
    GHashTable *by_client;
    struct hp_reservations reservations;
    uint16_t next_port; // of relayed addresses; a port is used again as late as possible
};

// What the relayed address has to be like.
struct hp_relayed_wish {
    bool is_ipv6;
    bool is_even; // an even port, with the next one free
    uint16_t port; // that was reserved; 0: any
};

void hp_allocations_init(struct hp_allocations *allocations);
void hp_allocations_finish(struct hp_allocations *allocations);

// Adds an allocation for that client and name. NULL: a limit is reached. Owned by the allocations,
// until remove() or sweep().
struct hp_allocation *hp_allocations_add(
        struct hp_allocations *allocations, const struct hp_flow *client, const char *name,
        const struct hp_relayed_wish *wish, int64_t now_us);

// NULL: the client has none, or it has expired.
struct hp_allocation *hp_allocations_find(
        struct hp_allocations *allocations, const struct hp_flow *client, int64_t now_us);

void hp_allocations_remove(struct hp_allocations *allocations, struct hp_allocation *allocation);

// Removes all that have expired.
void hp_allocations_sweep(struct hp_allocations *allocations, int64_t now_us);

// Removes all whose name ends in ":" and `id`: those of one session.
void hp_allocations_remove_id(struct hp_allocations *allocations, const char *id);

unsigned hp_allocations_count(const struct hp_allocations *allocations);

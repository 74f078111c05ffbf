// places.h - the places that guests have among the connections of the HTTP server. Whoever has not
// shown yet that it belongs here gives way. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_limits;

enum { HP_PLACES_UNPROVEN_MAX = 32 }; // guests of an address that have not been proven yet

// Part of hp_http, which fills in what stands above `all`.
struct hp_places {
    struct hp_limits *connections; // where each place is counted
    // The guest has lost its place: its connection is to be closed.
    void (*on_evict)(void *arg, uint64_t guest);
    void *arg;
    GHashTable *all; // by number
    GQueue unproven; // oldest first
    struct hp_limits *unproven_limits;
    uint64_t last_number;
};

void hp_places_init(struct hp_places *places);
void hp_places_finish(struct hp_places *places); // on_evict does not come

// A guest of that address (copied), which is counted as a connection already. Returns its number,
// never 0. If too many of that address are unproven, the oldest of them is evicted.
uint64_t hp_places_add(struct hp_places *places, const char *address);

// The guest has shown that it belongs here: it is never evicted. A number without a place, here and
// below, has no effect: it has been evicted in the meantime.
void hp_places_prove(struct hp_places *places, uint64_t guest);
void hp_places_remove(struct hp_places *places, uint64_t guest); // its connection has ended

// Evicts the oldest unproven guest of the network of that address; NULL: of any. False: there is
// none.
bool hp_places_evict(struct hp_places *places, const char *address);

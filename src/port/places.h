// places.h - the places that guests have among the connections of the HTTP server. Whoever has not
// shown yet that it belongs here gives way, and first who has shown nothing at all. Many people may
// share one address, so a guest that has just come has some time to show it. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_limits;

// Unproven guests, of an address or (IPv6) a network of 64 bits.
enum {
    HP_PLACES_UNPROVEN_MAX = 32, // more only while all have just come
    HP_PLACES_RUSH_MAX = 384, // never more: a room that comes at once
    HP_PLACES_TOTAL_MAX = 1024, // of all addresses
};

// Evicted guests whose connections have not ended. They hold descriptors beyond the limits, so
// nobody is evicted while the worker that is to close so many stands still.
enum { HP_PLACES_LEAVING_MAX = 64 };

// Part of hp_http, which fills in what stands above `all`.
struct hp_places {
    struct hp_limits *connections; // where each place is counted
    // The guest has lost its place: its connection is to be closed, and hp_places_remove() follows.
    void (*on_evict)(void *arg, uint64_t guest);
    void *arg;
    GHashTable *all; // by number
    GHashTable *groups; // of unproven guests, by network
    unsigned unproven, leaving;
    uint64_t evicted, refused; // since the start
    int64_t told_us; // when the log last told; 0: never
    uint64_t last_number;
};

void hp_places_init(struct hp_places *places);
void hp_places_finish(struct hp_places *places); // on_evict does not come

// A guest of that address (copied), which is counted as a connection already. Returns its number.
// If too many are unproven, others of them are evicted; 0: none of those gives way, so the guest
// has no place.
uint64_t hp_places_add(struct hp_places *places, const char *address);

// The guest has shown something, though no proof: it gives way after those that have shown nothing.
// A number without a place, here and below, has no effect: it has been evicted in the meantime.
void hp_places_prefer(struct hp_places *places, uint64_t guest);
// The guest has shown that it belongs here: it is never evicted.
void hp_places_prove(struct hp_places *places, uint64_t guest);
void hp_places_remove(struct hp_places *places, uint64_t guest); // its connection has ended

// Evicts an unproven guest of the network of that address; NULL: of the network that has most of
// them. False: none gives way, or too many have not gone yet.
bool hp_places_evict(struct hp_places *places, const char *address);
// The same among those that have shown nothing for a while.
bool hp_places_evict_silent(struct hp_places *places, const char *address);

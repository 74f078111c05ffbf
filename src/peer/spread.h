// spread.h - one small message for many peers, of which only the newest counts: one task for each
// worker, however many peers live there. Home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_peer;
struct hp_spread;
struct hp_worker;

enum { HP_SPREAD_SIZE_MAX = 32 }; // bytes of a message

struct hp_spread_message {
    uint8_t data[HP_SPREAD_SIZE_MAX];
    size_t size;
    bool is_last; // no newer one follows soon: it is sent reliably
};

// Messages go out on the data channel of that label (kept). Never NULL.
struct hp_spread *hp_spread_create(const char *label);
void hp_spread_destroy(struct hp_spread *spread); // before its workers; NULL is fine

// Adds a peer, which is not being closed, to those that get the next message.
void hp_spread_add(struct hp_spread *spread, struct hp_worker *worker, struct hp_peer *peer);

// Sends to the peers that were added since the last call. A worker that has not yet come to the
// message before sends this one in its place, to the peers of that one: so a worker that stalls has
// one task waiting, and peers that are new are told by a greeting.
void hp_spread_send(struct hp_spread *spread, const struct hp_spread_message *message);

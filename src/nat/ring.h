// ring.h - datagrams on their way from the thread that reads the shared socket to a worker: a ring
// of slots with one producer and one consumer, without locks and allocations.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"
#include "nat/service.h"

enum {
    HP_DATAGRAM_MAX = 1600, // bytes; a path carries 1,500, and browsers send at most 1,200
};

struct hp_datagram {
    struct hp_flow flow;
    uint32_t handle; // of the peer
    size_t size; // bytes
    uint8_t data[HP_DATAGRAM_MAX + HP_SERVICE_SPARE]; // zeroes behind the datagram
};

struct hp_ring;

// Makes a ring of that many slots, a power of 2. NULL: no descriptor is free. Owner: the caller.
struct hp_ring *hp_ring_create(unsigned slots);
void hp_ring_destroy(struct hp_ring *ring);

// Producer: copies a datagram into the next slot. False: the ring is full, or the datagram is too
// large. The consumer learns of it by hp_ring_wake(), once for all that were pushed before.
bool hp_ring_push(struct hp_ring *ring, uint32_t handle, const struct hp_flow *flow,
        const uint8_t *data, size_t size);
void hp_ring_wake(struct hp_ring *ring);

// Consumer: the oldest datagram, NULL: none. Valid until hp_ring_pop(), which removes it.
const struct hp_datagram *hp_ring_peek(struct hp_ring *ring);
void hp_ring_pop(struct hp_ring *ring);

// Consumer: readable after a wake, until hp_ring_clear_event(). Clear it before you look for
// datagrams.
int hp_ring_fd(const struct hp_ring *ring);
void hp_ring_clear_event(struct hp_ring *ring);

// ring.c - datagrams on their way to a worker.
// Owner: hp_ingress.  Thread: one pushes, one pops.
#include "nat/ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <glib.h>

struct hp_ring {
    unsigned mask;
    int fd;
    atomic_uint head; // the next slot to write; only the producer changes it
    atomic_uint tail; // the next slot to read; only the consumer changes it
    struct hp_datagram *slots;
};

struct hp_ring *
hp_ring_create(unsigned slots)
{
    assert(slots > 0 && (slots & (slots - 1)) == 0);
    struct hp_ring *ring = g_new0(struct hp_ring, 1);
    ring->mask = slots - 1;
    ring->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ring->slots = g_new0(struct hp_datagram, slots);
    if (ring->fd < 0) {
        hp_ring_destroy(ring);
        return NULL;
    }
    return ring;
}

void
hp_ring_destroy(struct hp_ring *ring)
{
    if (ring == NULL) {
        return;
    }
    if (ring->fd >= 0) {
        close(ring->fd);
    }
    g_free(ring->slots);
    g_free(ring);
}

bool
hp_ring_push(struct hp_ring *ring, uint32_t handle, const struct hp_flow *flow,
        const uint8_t *data, size_t size)
{
    unsigned head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (size > HP_DATAGRAM_MAX || head - tail > ring->mask) {
        return false;
    }
    struct hp_datagram *slot = &ring->slots[head & ring->mask];
    slot->flow = *flow;
    slot->handle = handle;
    slot->size = size;
    memcpy(slot->data, data, size);
    memset(&slot->data[size], 0, HP_SERVICE_SPARE);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

void
hp_ring_wake(struct hp_ring *ring)
{
    uint64_t one = 1;
    ssize_t written = write(ring->fd, &one, sizeof(one)); // fails only if it is readable anyway
    (void) written;
}

const struct hp_datagram *
hp_ring_peek(struct hp_ring *ring)
{
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == atomic_load_explicit(&ring->head, memory_order_acquire)) {
        return NULL;
    }
    return &ring->slots[tail & ring->mask];
}

void
hp_ring_pop(struct hp_ring *ring)
{
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

int
hp_ring_fd(const struct hp_ring *ring)
{
    return ring->fd;
}

void
hp_ring_clear_event(struct hp_ring *ring)
{
    uint64_t count;
    ssize_t got = read(ring->fd, &count, sizeof(count)); // fails if there is no event
    (void) got;
}

// queue.c - a bounded queue of pointers between threads: a pthread mutex and an eventfd.
// Owner: its creator.  Thread: any.
#include "base/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <glib.h>

enum {
    FIRST_ALLOCATION = 64
}; // items; grows by doubling up to the capacity

struct hp_queue {
    pthread_mutex_t lock;
    void **items; // ring
    size_t allocated;
    size_t capacity;
    size_t first;
    size_t count;
    int event_fd;
};

struct hp_queue *
hp_queue_create(size_t capacity)
{
    assert(capacity > 0);
    struct hp_queue *queue = g_new0(struct hp_queue, 1);
    pthread_mutex_init(&queue->lock, NULL);
    queue->capacity = capacity;
    queue->allocated = MIN(capacity, FIRST_ALLOCATION);
    queue->items = g_new(void *, queue->allocated);
    queue->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->event_fd < 0) {
        hp_queue_destroy(queue);
        return NULL;
    }
    return queue;
}

void
hp_queue_destroy(struct hp_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    if (queue->event_fd >= 0) {
        close(queue->event_fd);
    }
    pthread_mutex_destroy(&queue->lock);
    g_free(queue->items);
    g_free(queue);
}

static void
grow(struct hp_queue *queue)
{
    size_t allocated = MIN(queue->allocated * 2, queue->capacity);
    void **items = g_new(void *, allocated);
    for (size_t i = 0; i < queue->count; i++) {
        items[i] = queue->items[(queue->first + i) % queue->allocated];
    }
    g_free(queue->items);
    queue->items = items;
    queue->allocated = allocated;
    queue->first = 0;
}

bool
hp_queue_push(struct hp_queue *queue, void *item)
{
    assert(item != NULL);
    pthread_mutex_lock(&queue->lock);
    bool has_room = queue->count < queue->capacity;
    bool was_empty = queue->count == 0;
    if (has_room) {
        if (queue->count == queue->allocated) {
            grow(queue);
        }
        queue->items[(queue->first + queue->count) % queue->allocated] = item;
        queue->count++;
    }
    pthread_mutex_unlock(&queue->lock);
    if (has_room && was_empty) {
        uint64_t one = 1;
        ssize_t done = write(queue->event_fd, &one, sizeof(one));
        (void) done; // a full counter is readable as well
    }
    return has_room;
}

void *
hp_queue_pop(struct hp_queue *queue)
{
    void *item = NULL;
    pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->allocated;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return item;
}

size_t
hp_queue_count(struct hp_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}

int
hp_queue_fd(const struct hp_queue *queue)
{
    return queue->event_fd;
}

void
hp_queue_clear_event(struct hp_queue *queue)
{
    uint64_t count;
    ssize_t done = read(queue->event_fd, &count, sizeof(count));
    (void) done; // the event is not set: another thread has cleared it
}

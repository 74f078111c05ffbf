// timers.c - the heap of a worker's timers: the first due on top.
// Owner: hp_worker.  Thread: the worker's.
#include "base/timers.h"

#include <assert.h>
#include <stddef.h>

#include <glib.h>

#include "base/worker.h"

static void
place(struct hp_timers *timers, unsigned index, struct hp_timer *timer)
{
    timers->heap[index] = timer;
    timer->heap_index = index;
}

static void
sift_up(struct hp_timers *timers, unsigned index)
{
    struct hp_timer *timer = timers->heap[index];
    while (index > 1 && timers->heap[index / 2]->due_us > timer->due_us) {
        place(timers, index, timers->heap[index / 2]);
        index /= 2;
    }
    place(timers, index, timer);
}

static void
sift_down(struct hp_timers *timers, unsigned index)
{
    struct hp_timer *timer = timers->heap[index];
    for (;;) {
        unsigned child = index * 2;
        if (child > timers->count) {
            break;
        }
        if (child < timers->count
                && timers->heap[child + 1]->due_us < timers->heap[child]->due_us) {
            child++;
        }
        if (timers->heap[child]->due_us >= timer->due_us) {
            break;
        }
        place(timers, index, timers->heap[child]);
        index = child;
    }
    place(timers, index, timer);
}

void
hp_timers_finish(struct hp_timers *timers)
{
    g_free(timers->heap);
    timers->heap = NULL;
}

void
hp_timers_add(struct hp_timers *timers, struct hp_timer *timer)
{
    assert(timer->heap_index == 0);
    if (timers->count + 2 > timers->allocated) {
        timers->allocated = timers->allocated == 0 ? 16 : timers->allocated * 2;
        timers->heap = g_renew(struct hp_timer *, timers->heap, timers->allocated);
    }
    timers->count++;
    place(timers, timers->count, timer);
    sift_up(timers, timers->count);
}

void
hp_timers_remove(struct hp_timers *timers, struct hp_timer *timer)
{
    unsigned index = timer->heap_index;
    assert(index > 0 && timers->heap[index] == timer);
    struct hp_timer *last = timers->heap[timers->count];
    timers->count--;
    timer->heap_index = 0;
    if (last == timer) {
        return;
    }
    place(timers, index, last);
    sift_up(timers, index);
    sift_down(timers, last->heap_index);
}

struct hp_timer *
hp_timers_first(const struct hp_timers *timers)
{
    return timers->count > 0 ? timers->heap[1] : NULL;
}

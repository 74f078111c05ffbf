// timers.c - the timers of one worker: a heap behind one GSource, the first due on top.
// Owner: hp_worker.  Thread: the worker's.
#include "base/timers.h"

#include <assert.h>
#include <stddef.h>

#include "base/clock.h"

enum {
    PAUSE_US = 1000 * 1000, // a loop that comes this late has stood still
};

struct timers_source {
    GSource source; // first: GLib allocates it
    struct hp_timers *timers;
};

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

static void
add(struct hp_timers *timers, struct hp_timer *timer)
{
    if (timers->count + 2 > timers->allocated) {
        timers->allocated = timers->allocated == 0 ? 16 : timers->allocated * 2;
        timers->heap = g_renew(struct hp_timer *, timers->heap, timers->allocated);
    }
    timers->count++;
    place(timers, timers->count, timer);
    sift_up(timers, timers->count);
}

static void
remove_timer(struct hp_timers *timers, struct hp_timer *timer)
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

static void
arm(struct hp_timers *timers)
{
    g_source_set_ready_time(timers->source,
            timers->count == 0 ? -1 : hp_clock_ready_us(timers->heap[1]->due_us));
}

static void
renew_deadlines(struct hp_timers *timers, int64_t now_us)
{
    for (unsigned i = 1; i <= timers->count; i++) {
        struct hp_timer *timer = timers->heap[i];
        if (timer->patience_us > 0) {
            timer->due_us = now_us + timer->patience_us;
        }
    }
    for (unsigned i = timers->count / 2; i >= 1; i--) {
        sift_down(timers, i);
    }
}

// Before and after each poll, and so before what the poll found is handled.
static void
notice_pause(struct hp_timers *timers)
{
    int64_t now_us = hp_clock_now_us();
    if (timers->count > 0 && now_us - timers->heap[1]->due_us >= PAUSE_US) {
        hp_clock_note_pause();
        renew_deadlines(timers, now_us);
        arm(timers);
    }
}

static gboolean
prepare(GSource *source, gint *timeout_ms)
{
    notice_pause(((struct timers_source *) (void *) source)->timers);
    *timeout_ms = -1; // the ready time counts
    return FALSE;
}

static gboolean
check(GSource *source)
{
    notice_pause(((struct timers_source *) (void *) source)->timers);
    return FALSE;
}

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    struct hp_timers *timers = ((struct timers_source *) (void *) source)->timers;
    (void) callback;
    (void) data;
    notice_pause(timers); // the poll found timers due, or another source took long
    int64_t now_us = hp_clock_now_us();
    while (timers->count > 0 && timers->heap[1]->due_us <= now_us) {
        struct hp_timer *timer = timers->heap[1];
        remove_timer(timers, timer);
        timer->fn(timer->arg); // may free the timer
    }
    arm(timers);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
    .prepare = prepare, .check = check, .dispatch = dispatch,
};

void
hp_timers_init(struct hp_timers *timers, GMainContext *context)
{
    GSource *source = g_source_new(&source_funcs, sizeof(struct timers_source));
    ((struct timers_source *) (void *) source)->timers = timers;
    *timers = (struct hp_timers){ .source = source };
    g_source_attach(timers->source, context);
}

void
hp_timers_finish(struct hp_timers *timers)
{
    if (timers->source != NULL) {
        g_source_destroy(timers->source);
        g_source_unref(timers->source);
    }
    g_free(timers->heap);
    *timers = (struct hp_timers){ 0 };
}

void
hp_timers_start(struct hp_timers *timers, struct hp_timer *timer, int64_t due_us)
{
    if (timer->heap_index != 0) {
        remove_timer(timers, timer);
    }
    timer->due_us = due_us;
    add(timers, timer);
    arm(timers);
}

void
hp_timers_stop(struct hp_timers *timers, struct hp_timer *timer)
{
    remove_timer(timers, timer);
    arm(timers);
}

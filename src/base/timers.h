// timers.h - the timers of one worker: a heap behind one GSource, the first one due on top. A GLib
// loop walks all its sources at each turn; with one source the walk costs the same for one timer
// and for a thousand. Internal to worker and timer.
//
// It also notices when the loop stood still: the first timer has been due for long then. Nothing
// that came meanwhile has been read, so the deadlines begin anew.
// Owner: hp_worker. Thread: the worker's.
#pragma once

#include <stdint.h>

#include <glib.h>

struct hp_worker;

// An entry of the heap, and what base/timer.h hands out. Part of another object.
struct hp_timer {
    struct hp_worker *worker;
    void (*fn)(void *arg);
    void *arg;
    int64_t due_us; // on hp_clock_now_us()
    int64_t patience_us; // a deadline is due this long after a pause; 0: it is none
    unsigned heap_index; // 0: not running
};

struct hp_timers {
    GSource *source; // its ready time is the first timer's due time, or -1: there is none
    struct hp_timer **heap; // 1-based
    unsigned count;
    unsigned allocated;
};

// Attaches the source to `context`. `timers` may not move until hp_timers_finish().
void hp_timers_init(struct hp_timers *timers, GMainContext *context);
void hp_timers_finish(struct hp_timers *timers); // zeroed is fine

// The timer's function is called once, at `due_us` or later. A timer that runs already is moved to
// that time.
void hp_timers_start(struct hp_timers *timers, struct hp_timer *timer, int64_t due_us);

// The timer has to run.
void hp_timers_stop(struct hp_timers *timers, struct hp_timer *timer);

// timer.c - a timer on a worker, part of another object.
// Owner: the object that it is part of.  Thread: the worker's.
#include "base/timer.h"

#include <assert.h>

#include "base/clock.h"

enum {
    // Timers of half a second and more are due together, on ticks of 50 ms: the reports of a
    // hundred browsers take twenty turns of the loop a second, not a hundred.
    COARSE_US = 500 * 1000,
    TICK_US = 50 * 1000,
};

void
hp_timer_init(struct hp_timer *timer, struct hp_worker *worker, hp_task_fn fn, void *arg)
{
    *timer = (struct hp_timer){ .worker = worker, .fn = fn, .arg = arg };
}

void
hp_timer_start(struct hp_timer *timer, int64_t delay_us)
{
    assert(hp_worker_is_current(timer->worker));
    int64_t due_us = hp_clock_now_us() + MAX(delay_us, 0);
    timer->patience_us = 0;
    if (delay_us >= COARSE_US) {
        due_us += TICK_US - 1 - (due_us + TICK_US - 1) % TICK_US;
    }
    hp_timers_start(hp_worker_timers(timer->worker), timer, due_us);
}

void
hp_timer_start_deadline(struct hp_timer *timer, int64_t delay_us)
{
    hp_timer_start(timer, delay_us);
    timer->patience_us = MAX(delay_us, 0);
}

void
hp_timer_stop(struct hp_timer *timer)
{
    if (timer->heap_index == 0) {
        return;
    }
    assert(hp_worker_is_current(timer->worker));
    hp_timers_stop(hp_worker_timers(timer->worker), timer);
}

bool
hp_timer_is_running(const struct hp_timer *timer)
{
    return timer->heap_index != 0;
}

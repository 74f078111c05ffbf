// timer.h - a timer on a worker, part of another object. Starting and stopping one costs O(log n)
// of the worker's timers. All calls on the worker's thread, hp_timer_init() on any.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/timers.h" // struct hp_timer
#include "base/worker.h"

// The timer will call fn(arg). The worker outlives the timer.
void hp_timer_init(struct hp_timer *timer, struct hp_worker *worker, hp_task_fn fn, void *arg);

// (Re)starts the timer: fn(arg) is called once, after `delay_us` microseconds. A delay of half a
// second or more may be up to 50 ms longer, so that timers run together. fn may free the timer.
void hp_timer_start(struct hp_timer *timer, int64_t delay_us);

// The same for what another side has to do in that time. The time counts anew when this worker's
// loop stood still for a second or more: what came meanwhile is read first.
void hp_timer_start_deadline(struct hp_timer *timer, int64_t delay_us);

// Stops the timer; a timer that does not run, or is only zeroed, is fine.
void hp_timer_stop(struct hp_timer *timer);

bool hp_timer_is_running(const struct hp_timer *timer);

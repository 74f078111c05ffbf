// timers.h - the heap of a worker's timers. Internal to worker.c.
#pragma once

struct hp_timer;

struct hp_timers {
    struct hp_timer **heap; // 1-based
    unsigned count;
    unsigned allocated;
};

void hp_timers_finish(struct hp_timers *timers);
void hp_timers_add(struct hp_timers *timers, struct hp_timer *timer);
void hp_timers_remove(struct hp_timers *timers, struct hp_timer *timer);

// The timer that is due first, NULL when there is none.
struct hp_timer *hp_timers_first(const struct hp_timers *timers);

// tasks.h - the jobs of one plugin: work on the server's pool, the end on the main thread. Main
// thread.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

struct hp_jobs;
struct hp_worker;

enum {
    HP_TASKS_MAX = 16 // of one plugin, under way
};

struct hp_tasks { // embedded in hp_host
    struct hp_worker *home;
    struct hp_jobs *jobs; // NULL: no pool
    unsigned count; // under way
    atomic_bool is_ending; // what has not begun is left out
    void (*on_ended)(void *arg); // one has ended
    void *arg;
};

// Runs work on the pool, then done on the main thread, exactly once. False: nothing was run.
bool hp_tasks_run(struct hp_tasks *tasks, void (*work)(void *arg),
        void (*done)(void *arg, bool was_run), void *arg);

// Leaves out what has not begun; those under way end by and by. None is run any more.
void hp_tasks_end(struct hp_tasks *tasks);

// tasks.h - the jobs of one plugin: work() runs on the server's pool, done() on the main thread.
// Main thread.
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
    atomic_bool is_ending; // tasks that have not begun are skipped
    void (*on_ended)(void *arg); // a task has ended
    void *arg;
};

// Runs work(arg) on the pool, then done(arg) on the main thread, exactly once. False: neither is
// called.
bool hp_tasks_run(struct hp_tasks *tasks, void (*work)(void *arg),
        void (*done)(void *arg, bool was_run), void *arg);

// Skips tasks that have not begun; the running ones end later. No new task is taken.
void hp_tasks_end(struct hp_tasks *tasks);

// job.h - a small pool of threads for work that blocks: look-ups of names, files, hashes.
#pragma once

#include "base/worker.h"

struct hp_jobs;

// Starts a pool of `thread_count` threads, with room for `max_waiting` jobs that no thread is free
// for. NULL after logging that there is no thread. Main thread. Owner: the caller.
struct hp_jobs *hp_jobs_create(unsigned thread_count, unsigned max_waiting);

// Ends the pool. Waits for the jobs that run; of a job that still waits only `done` runs, on its
// home. NULL is fine. Main thread.
void hp_jobs_destroy(struct hp_jobs *jobs);

// Runs work(arg) on a thread of the pool, then posts done(arg) to `home`. `done` always runs, so it
// is the place to free arg; `work` does not run when the pool is destroyed before its turn. False
// when the pool is full: neither runs, and the caller keeps arg. Any thread.
bool hp_jobs_run(
        struct hp_jobs *jobs, hp_task_fn work, hp_task_fn done, void *arg, struct hp_worker *home);

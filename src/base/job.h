// job.h - a small pool of threads for all that blocks: names, files, pictures, hashes.
#pragma once

#include "base/worker.h"

struct hp_jobs;

// Starts a pool of `thread_count` threads that holds at most `max_waiting` jobs.
struct hp_jobs *hp_jobs_create(unsigned thread_count, unsigned max_waiting);

// Ends the pool: jobs that run end first, jobs that wait are done as cancelled, each `done` still
// runs on its home. NULL is fine.
void hp_jobs_destroy(struct hp_jobs *jobs);

// Runs work(arg) on a thread of the pool, then posts done(arg) to `home`. When the pool is being
// destroyed `work` may be left out, `done` never is: it frees arg. False when the pool is full:
// nothing was run, the caller keeps arg. Any thread.
bool hp_jobs_run(
        struct hp_jobs *jobs, hp_task_fn work, hp_task_fn done, void *arg, struct hp_worker *home);

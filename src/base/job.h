// job.h - a small pool of threads for work that blocks: look-ups of names, files, hashes.
#pragma once

#include "base/worker.h"

struct hp_jobs;

// Starts a pool of `thread_count` threads; at most `max_waiting` jobs wait for a free thread. NULL:
// the system has no thread, which has been logged. Main thread. Owner: the caller.
struct hp_jobs *hp_jobs_create(unsigned thread_count, unsigned max_waiting);

// Ends the pool. Waits for the running jobs; of a waiting job only `done` runs, on its home. NULL
// is fine. Main thread.
void hp_jobs_destroy(struct hp_jobs *jobs);

// The same at the end of the process, for jobs that nobody can hurry (a look-up of a name may take
// 10 s): does not wait for those that run; neither does their `done` run, and their memory is left.
void hp_jobs_abandon(struct hp_jobs *jobs);

// Runs work(arg) on a thread of the pool, then posts done(arg) to `home`. `done` always runs, so
// `done` is the place to free arg; `work` does not run if the pool is destroyed before its turn.
// False: the pool is full, neither runs, and the caller keeps arg. Any thread.
bool hp_jobs_run(
        struct hp_jobs *jobs, hp_task_fn work, hp_task_fn done, void *arg, struct hp_worker *home);

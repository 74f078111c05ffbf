// worker.h - a thread with a GLib loop, a queue of tasks, and timers (base/timer.h). The main
// thread is a worker as well.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_queue;
struct hp_timers;
struct hp_worker;

typedef void (*hp_task_fn)(void *arg);

// Starts a thread of that name (at most 15 bytes). NULL: the system has no thread or descriptor
// left, which has been logged. Owner: the caller.
struct hp_worker *hp_worker_create(const char *name);

// Makes the calling thread a worker on GLib's default context; hp_worker_run() runs its loop.
struct hp_worker *hp_worker_create_main(void);

// Ends a worker, from another thread: its posted tasks run, then its thread ends and is joined. The
// main worker is destroyed on its own thread, where its posted tasks then run. NULL is fine.
void hp_worker_destroy(struct hp_worker *worker);

// Main worker only: runs its loop until hp_worker_quit(), which any thread may call.
void hp_worker_run(struct hp_worker *worker);
void hp_worker_quit(struct hp_worker *worker);

// Runs fn(arg) on the worker, in the order of the posts of one thread. Any thread. A worker may
// hang for seconds, so each producer bounds the number of its own tasks under way: it drops what is
// beyond, joins what only the newest counts of, or refuses and says so. A queue of 4 million tasks
// is a defect of a producer: the process ends with a message, since losing a task would be worse.
void hp_worker_post(struct hp_worker *worker, hp_task_fn fn, void *arg);

// Calls on_item(arg, item) on the worker for each item of the queue, at most 64 in a turn of the
// loop, so that a flood in one queue does not starve the others. Call it on the worker, or before
// the worker runs. Remove the watch on the worker, before the queue is destroyed.
struct hp_queue_watch;
struct hp_queue_watch *hp_worker_add_queue(struct hp_worker *worker, struct hp_queue *queue,
        void (*on_item)(void *arg, void *item), void *arg);
void hp_worker_remove_queue(struct hp_queue_watch *watch);

// Is the caller on the worker's thread? Any thread.
bool hp_worker_is_current(const struct hp_worker *worker);

// The context of the worker's loop, for sources of GLib. Borrowed.
GMainContext *hp_worker_context(const struct hp_worker *worker);

// For base/timer only.
struct hp_timers *hp_worker_timers(struct hp_worker *worker);

// worker.h - a thread with a GLib loop, a queue of tasks and timers. The main thread is one too.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_queue;
struct hp_timers;
struct hp_worker;

typedef void (*hp_task_fn)(void *arg);

// Starts a thread of that name (at most 15 bytes). NULL: no thread or no descriptor to be had.
struct hp_worker *hp_worker_create(const char *name);

// Makes the calling thread a worker on GLib's default context; hp_worker_run() runs it.
struct hp_worker *hp_worker_create_main(void);

// Ends a worker: runs what was posted before, ends its thread and waits for it. For the main
// worker: runs what was posted, on the calling thread. Not from the worker's own thread otherwise.
void hp_worker_destroy(struct hp_worker *worker);

// Main worker only: runs its loop until hp_worker_quit() (any thread).
void hp_worker_run(struct hp_worker *worker);
void hp_worker_quit(struct hp_worker *worker);

// Runs fn(arg) on the worker, in the order of the posts of one thread. Any thread. The queue holds
// 65,536 tasks; producers are bounded (one browser has a fixed number under way), so a full queue
// is a worker that hangs: the process is ended with a message rather than a message lost.
void hp_worker_post(struct hp_worker *worker, hp_task_fn fn, void *arg);

// Calls on_item(arg, item) on the worker for each item that comes out of the queue; at most 64 a
// turn, so that a flood of one queue does not starve the others. On the worker or before it runs.
// Remove it on the worker, before the queue is destroyed.
struct hp_queue_watch;
struct hp_queue_watch *hp_worker_add_queue(struct hp_worker *worker, struct hp_queue *queue,
        void (*on_item)(void *arg, void *item), void *arg);
void hp_worker_remove_queue(struct hp_queue_watch *watch);

// Is the caller on the worker's thread?
bool hp_worker_is_current(const struct hp_worker *worker);

GMainContext *hp_worker_context(const struct hp_worker *worker);

// For base/timer only.
struct hp_timers *hp_worker_timers(struct hp_worker *worker);

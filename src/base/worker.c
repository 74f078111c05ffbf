// worker.c - a thread with a GLib loop, a queue of tasks, and timers. The main thread is a worker
// as well.
// Owner: app.  Thread: its own; post and quit from any.
#include "base/worker.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define LOG_TAG "worker"
#include "base/log.h"
#include "base/queue.h"
#include "base/timers.h"

enum {
    MAX_TASKS = 1 << 22, // far more than all producers of a large room may have under way
    MAX_ITEMS_PER_TURN = 64,
};

struct task {
    hp_task_fn fn;
    void *arg;
};

struct hp_queue_watch {
    GSource source; // first: GLib allocates it
    struct hp_queue *queue;
    void (*on_item)(void *arg, void *item);
    void *arg;
};

struct hp_worker {
    pthread_t thread;
    bool has_thread;
    GMainContext *context;
    GMainLoop *loop;
    struct hp_queue *tasks;
    struct hp_queue_watch *task_watch;
    struct hp_timers timers;
};

static _Thread_local struct hp_worker *current;

static gboolean
dispatch_queue(GSource *source, GSourceFunc callback, gpointer data)
{
    struct hp_queue_watch *watch = (struct hp_queue_watch *) (void *) source;
    (void) callback;
    (void) data;
    hp_queue_clear_event(watch->queue);
    for (unsigned i = 0; i < MAX_ITEMS_PER_TURN; i++) {
        if (g_source_is_destroyed(source)) {
            return G_SOURCE_REMOVE;
        }
        void *item = hp_queue_pop(watch->queue);
        if (item == NULL) {
            g_source_set_ready_time(source, -1);
            return G_SOURCE_CONTINUE;
        }
        watch->on_item(watch->arg, item);
    }
    if (!g_source_is_destroyed(source)) {
        g_source_set_ready_time(source, 0); // items are left in the queue, but its event is cleared
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs queue_funcs = { .dispatch = dispatch_queue };

struct hp_queue_watch *
hp_worker_add_queue(struct hp_worker *worker, struct hp_queue *queue,
        void (*on_item)(void *arg, void *item), void *arg)
{
    GSource *source = g_source_new(&queue_funcs, sizeof(struct hp_queue_watch));
    struct hp_queue_watch *watch = (struct hp_queue_watch *) (void *) source;
    watch->queue = queue;
    watch->on_item = on_item;
    watch->arg = arg;
    g_source_add_unix_fd(source, hp_queue_fd(queue), G_IO_IN);
    // Otherwise GLib removes the descriptor from its poll set around each dispatch and wakes itself
    // up twice for that: each frame would cost one more turn of the loop over all its sockets.
    g_source_set_can_recurse(source, TRUE);
    g_source_attach(source, worker->context);
    return watch;
}

void
hp_worker_remove_queue(struct hp_queue_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    g_source_destroy(&watch->source);
    g_source_unref(&watch->source);
}

static void
run_task(void *arg, void *item)
{
    struct task *task = item;
    (void) arg;
    task->fn(task->arg);
    g_free(task);
}

static struct hp_worker *
// Takes the context.
create(GMainContext *context) // taken
{
    struct hp_worker *worker = g_new0(struct hp_worker, 1);
    worker->context = context;
    worker->loop = g_main_loop_new(context, FALSE);
    worker->tasks = hp_queue_create(MAX_TASKS);
    if (worker->tasks == NULL) {
        log_error("a worker cannot be made, no descriptor is left for its queue: raise the limit "
                  "of open files (ulimit -n)");
        hp_worker_destroy(worker);
        return NULL;
    }
    worker->task_watch = hp_worker_add_queue(worker, worker->tasks, run_task, NULL);
    hp_timers_init(&worker->timers, context);
    return worker;
}

static void *
run_thread(void *arg)
{
    struct hp_worker *worker = arg;
    current = worker;
    g_main_context_push_thread_default(worker->context);
    g_main_loop_run(worker->loop);
    g_main_context_pop_thread_default(worker->context);
    return NULL;
}

struct hp_worker *
hp_worker_create(const char *name)
{
    struct hp_worker *worker = create(g_main_context_new());
    if (worker == NULL) {
        return NULL;
    }
    if (pthread_create(&worker->thread, NULL, run_thread, worker) != 0) {
        log_error("worker %s cannot be made, the system gives no thread: raise the limit of "
                  "threads (ulimit -u)",
                name);
        hp_worker_destroy(worker);
        return NULL;
    }
    worker->has_thread = true;
    pthread_setname_np(worker->thread, name);
    return worker;
}

struct hp_worker *
hp_worker_create_main(void)
{
    struct hp_worker *worker = create(g_main_context_ref(g_main_context_default()));
    if (worker != NULL) {
        current = worker;
    }
    return worker;
}

static void
quit_loop(void *arg)
{
    struct hp_worker *worker = arg;
    g_main_loop_quit(worker->loop);
}

static void
run_leftovers(struct hp_worker *worker)
{
    void *item;
    while (worker->tasks != NULL && (item = hp_queue_pop(worker->tasks)) != NULL) {
        run_task(NULL, item);
    }
}

void
hp_worker_destroy(struct hp_worker *worker)
{
    if (worker == NULL) {
        return;
    }
    if (worker->has_thread) {
        assert(!hp_worker_is_current(worker));
        hp_worker_post(worker, quit_loop, worker);
        pthread_join(worker->thread, NULL);
    }
    run_leftovers(worker);
    hp_worker_remove_queue(worker->task_watch);
    hp_timers_finish(&worker->timers);
    hp_queue_destroy(worker->tasks);
    g_main_loop_unref(worker->loop);
    g_main_context_unref(worker->context);
    if (current == worker) {
        current = NULL;
    }
    g_free(worker);
}

void
hp_worker_run(struct hp_worker *worker)
{
    assert(!worker->has_thread);
    current = worker;
    g_main_loop_run(worker->loop);
}

void
hp_worker_quit(struct hp_worker *worker)
{
    hp_worker_post(worker, quit_loop, worker);
}

void
hp_worker_post(struct hp_worker *worker, hp_task_fn fn, void *arg)
{
    struct task *task = g_new(struct task, 1);
    task->fn = fn;
    task->arg = arg;
    if (!hp_queue_push(worker->tasks, task)) {
        log_error("the server ends: %d tasks wait for one worker, so something posts tasks "
                  "without a bound; please report this",
                MAX_TASKS);
        abort();
    }
}

bool
hp_worker_is_current(const struct hp_worker *worker)
{
    return current == worker;
}

GMainContext *
hp_worker_context(const struct hp_worker *worker)
{
    return worker->context;
}

struct hp_timers *
hp_worker_timers(struct hp_worker *worker)
{
    return &worker->timers;
}

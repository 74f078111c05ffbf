// poller.c - tells which of many descriptors are ready, by one source of the loop.
// Owner: http.  Thread: main.
//
// A GLib loop walks all its sources at each turn, and has the kernel look at all their descriptors.
// One set of epoll(7) is one source, however many connections there are.
#include "gate/poller.h"

#include <assert.h>

#include <glib-unix.h>
#include <glib.h>
#include <unistd.h>

#include "base/worker.h"

enum {
    BATCH = 64, // events of one turn: others have their turn between
};

struct hp_poller {
    int fd;
    GSource *source;
    struct epoll_event batch[BATCH];
    int batch_size; // of the turn that runs now
};

static gboolean
on_ready(gint fd, GIOCondition condition, gpointer arg)
{
    struct hp_poller *poller = arg;
    (void) condition;
    poller->batch_size = epoll_wait(fd, poller->batch, BATCH, 0);
    for (int i = 0; i < poller->batch_size; i++) {
        const struct hp_poller_watch *watch = poller->batch[i].data.ptr;
        if (watch != NULL) {
            watch->fn(watch->arg, poller->batch[i].events);
        }
    }
    poller->batch_size = 0;
    return G_SOURCE_CONTINUE;
}

struct hp_poller *
hp_poller_create(struct hp_worker *worker)
{
    struct hp_poller *poller = g_new0(struct hp_poller, 1);
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    assert(poller->fd >= 0);
    poller->source = g_unix_fd_source_new(poller->fd, G_IO_IN);
    g_source_set_callback(poller->source, G_SOURCE_FUNC(on_ready), poller, NULL);
    g_source_attach(poller->source, hp_worker_context(worker));
    return poller;
}

void
hp_poller_destroy(struct hp_poller *poller)
{
    if (poller == NULL) {
        return;
    }
    g_source_destroy(poller->source);
    g_source_unref(poller->source);
    close(poller->fd);
    g_free(poller);
}

void
hp_poller_init_watch(struct hp_poller_watch *watch, struct hp_poller *poller, int fd,
        hp_poller_fn fn, void *arg)
{
    watch->poller = poller;
    watch->fd = fd;
    watch->events = 0;
    watch->fn = fn;
    watch->arg = arg;
}

void
hp_poller_set(struct hp_poller_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    if (events == watch->events) {
        return;
    }
    int operation = events == 0  ? EPOLL_CTL_DEL
            : watch->events == 0 ? EPOLL_CTL_ADD
                                 : EPOLL_CTL_MOD;
    watch->events = events;
    epoll_ctl(watch->poller->fd, operation, watch->fd, &event);
}

void
hp_poller_finish_watch(struct hp_poller_watch *watch)
{
    if (watch->poller == NULL) {
        return;
    }
    hp_poller_set(watch, 0);
    for (int i = 0; i < watch->poller->batch_size; i++) {
        if (watch->poller->batch[i].data.ptr == watch) {
            watch->poller->batch[i].data.ptr = NULL;
        }
    }
}

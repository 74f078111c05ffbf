// nest.c - a GLib context whose descriptors stand behind one descriptor of the worker's loop.
// Owner: hp_library.  Thread: main.
//
// A GLib loop walks all its sources at each turn, and has the kernel look at all their descriptors.
// libwebsockets makes a source for each connection, and most turns of the main loop have nothing to
// do with them. So its sources have a context of their own, which turns only when a descriptor of
// theirs is ready, or when they change: GLib tells that by the context's own descriptor, which is
// one of them.
//
//   worker's loop --epoll--> run: prepare > query > set the wishes > epoll_wait > check > dispatch
#include "gate/nest.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <sys/epoll.h>
#include <unistd.h>

#include "base/worker.h"

enum {
    BATCH = 64, // descriptors that are found ready in a turn
    TURNS = 8, // at a time: the worker's other sources have their turn between
    ALWAYS = EPOLLERR | EPOLLHUP, // told without a wish
};

struct nest_source {
    GSource source; // first: GLib allocates it
    struct hp_nest *nest;
};

// What epoll knows of a descriptor.
struct place {
    uint32_t events;
    unsigned index; // in `fds`
    unsigned turn; // the last one that had a source for it
    bool is_known;
};

struct hp_nest {
    GMainContext *context;
    GSource *source; // of the worker's loop
    int epoll_fd;
    GArray *fds; // GPollFD: those of this turn
    GArray *last; // of int: the descriptors of the turn before
    GArray *places; // struct place, by descriptor
    unsigned turn;
};

static struct place *
get_place(struct hp_nest *nest, int fd)
{
    if ((guint) fd >= nest->places->len) {
        g_array_set_size(nest->places, (guint) fd + 1); // zeroed
    }
    return &g_array_index(nest->places, struct place, fd);
}

// Asks the sources. Returns for how long nothing is due, in milliseconds; -1: for ever.
static int
query(struct hp_nest *nest, int *priority)
{
    int timeout_ms = -1;
    g_main_context_prepare(nest->context, priority);
    for (;;) {
        int count = g_main_context_query(nest->context, *priority, &timeout_ms,
                (GPollFD *) (void *) nest->fds->data, (int) nest->fds->len);
        bool has_room = (guint) count <= nest->fds->len;
        g_array_set_size(nest->fds, (guint) count);
        if (has_room) {
            return timeout_ms;
        }
    }
}

static void
set_wish(struct hp_nest *nest, const GPollFD *polled, unsigned index)
{
    struct place *place = get_place(nest, polled->fd);
    struct epoll_event event = { .events = polled->events, .data.fd = polled->fd };
    if (!place->is_known || place->events != event.events) {
        epoll_ctl(nest->epoll_fd, place->is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, polled->fd,
                &event);
    }
    *place = (struct place){ event.events, index, nest->turn, true };
}

static void
forget(struct hp_nest *nest, int fd)
{
    struct place *place = get_place(nest, fd);
    if (place->is_known) {
        // It fails where the descriptor has been closed, which is as good.
        epoll_ctl(nest->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        place->is_known = false;
    }
}

static void
set_wishes(struct hp_nest *nest)
{
    nest->turn++;
    for (guint i = 0; i < nest->fds->len; i++) {
        GPollFD *polled = &g_array_index(nest->fds, GPollFD, i);
        polled->revents = 0;
        set_wish(nest, polled, i);
    }
    for (guint i = 0; i < nest->last->len; i++) {
        int fd = g_array_index(nest->last, int, i);
        if (get_place(nest, fd)->turn != nest->turn) {
            forget(nest, fd);
        }
    }
    g_array_set_size(nest->last, nest->fds->len);
    for (guint i = 0; i < nest->fds->len; i++) {
        g_array_index(nest->last, int, i) = g_array_index(nest->fds, GPollFD, i).fd;
    }
}

// Notes which descriptors are ready. False: none is.
static bool
note_ready(struct hp_nest *nest)
{
    struct epoll_event batch[BATCH];
    int count = epoll_wait(nest->epoll_fd, batch, BATCH, 0);
    for (int i = 0; i < count; i++) {
        const struct place *place = get_place(nest, batch[i].data.fd);
        if (place->is_known && place->turn == nest->turn) {
            GPollFD *polled = &g_array_index(nest->fds, GPollFD, place->index);
            polled->revents = (gushort) (batch[i].events & (place->events | ALWAYS));
        }
    }
    return count > 0;
}

// A turn of the context. False: nothing was ready, and `timeout_ms` tells for how long.
static bool
run_turn(struct hp_nest *nest, int *timeout_ms)
{
    int priority;
    *timeout_ms = query(nest, &priority);
    set_wishes(nest);
    if (!note_ready(nest) && *timeout_ms != 0) {
        return false;
    }
    bool is_ready = g_main_context_check(nest->context, priority,
            (GPollFD *) (void *) nest->fds->data, (int) nest->fds->len);
    if (is_ready) { // else the context's own descriptor has told of a change, which is known now
        g_main_context_dispatch(nest->context);
    }
    return is_ready;
}

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    struct hp_nest *nest = ((struct nest_source *) (void *) source)->nest;
    int timeout_ms = 0;
    (void) callback;
    (void) data;
    bool is_owner = g_main_context_acquire(nest->context);
    assert(is_owner);
    for (unsigned i = 0; i < TURNS && run_turn(nest, &timeout_ms); i++) {
        timeout_ms = 0; // if this was the last turn, more may be ready
    }
    g_main_context_release(nest->context);
    g_source_set_ready_time(
            source, timeout_ms < 0 ? -1 : g_get_monotonic_time() + (gint64) timeout_ms * 1000);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

struct hp_nest *
hp_nest_create(struct hp_worker *worker)
{
    struct hp_nest *nest = g_new0(struct hp_nest, 1);
    // The flag: a new source is told by the context's descriptor.
    nest->context = g_main_context_new_with_flags(G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING);
    nest->fds = g_array_new(FALSE, TRUE, sizeof(GPollFD));
    nest->last = g_array_new(FALSE, FALSE, sizeof(int));
    nest->places = g_array_new(FALSE, TRUE, sizeof(struct place));
    nest->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    assert(nest->epoll_fd >= 0);
    nest->source = g_source_new(&source_funcs, sizeof(struct nest_source));
    ((struct nest_source *) (void *) nest->source)->nest = nest;
    g_source_add_unix_fd(nest->source, nest->epoll_fd, G_IO_IN);
    g_source_set_can_recurse(nest->source, TRUE); // see hp_worker_add_queue()
    g_source_set_ready_time(nest->source, 0); // the first turn learns of the context's descriptor
    g_source_attach(nest->source, hp_worker_context(worker));
    return nest;
}

void
hp_nest_destroy(struct hp_nest *nest)
{
    if (nest == NULL) {
        return;
    }
    g_source_destroy(nest->source);
    g_source_unref(nest->source);
    g_main_context_unref(nest->context);
    close(nest->epoll_fd);
    g_array_unref(nest->fds);
    g_array_unref(nest->last);
    g_array_unref(nest->places);
    g_free(nest);
}

GMainContext *
hp_nest_context(const struct hp_nest *nest)
{
    return nest->context;
}

void
hp_nest_expect(struct hp_nest *nest, int fd)
{
    forget(nest, fd);
}

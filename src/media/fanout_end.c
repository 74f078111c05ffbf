// fanout_end.c - one worker's end of a fan-out.
// Owner: hp_fanout.  Thread: push on the pushing thread, the rest on the worker.
//
//   push >- is_behind? - queue (bounded) ===> on_frame - history - each sink that has its keyframe
#include "media/fanout_end.h"

#include <assert.h>

#include <glib.h>

#define LOG_TAG "fanout"
#include "base/feed.h"
#include "base/frame.h"
#include "base/gso.h"
#include "base/log.h"
#include "base/queue.h"
#include "base/sink.h"
#include "base/worker.h"
#include "media/history.h"

// Overflow policy: a full queue drops up to the next keyframe. The queue holds one second of
// pictures at 60 a second, or of sound at 20 ms a frame: a worker that is further behind serves no
// viewer by catching up.
enum {
    MAX_QUEUED_FRAMES = 60
};

struct end_sink {
    struct hp_feed feed; // the first member: handed out
    struct hp_fanout_end *end;
    struct hp_sink *sink; // NULL: detached while frames were being pushed
    bool is_waiting; // for the first keyframe
};

struct hp_fanout_end {
    struct hp_worker *worker;
    struct hp_stream_id id;
    const struct hp_fanout_end_cbs *cbs;
    void *cbs_arg;
    struct hp_queue *queue;
    int has_sinks; // atomic
    int is_behind; // atomic; set by the pushing thread

    struct hp_queue_watch *watch; // exists while there are sinks
    GPtrArray *sinks; // of struct end_sink
    bool is_pushing;
    struct hp_history history;
};

static void
want_keyframe(struct hp_fanout_end *end)
{
    end->cbs->on_keyframe_wanted(end->cbs_arg);
}

static void
request_keyframe(struct hp_feed *feed)
{
    struct end_sink *entry = (struct end_sink *) (void *) feed;
    assert(hp_worker_is_current(entry->end->worker));
    want_keyframe(entry->end);
}

static const struct hp_frame *
find_packet(struct hp_feed *feed, uint64_t number)
{
    const struct end_sink *entry = (const struct end_sink *) (const void *) feed;
    assert(hp_worker_is_current(entry->end->worker));
    return hp_history_find(&entry->end->history, number);
}

static const struct hp_feed_ops feed_ops = {
    .request_keyframe = request_keyframe,
    .find_packet = find_packet,
};

struct hp_fanout_end *
hp_fanout_end_create(struct hp_worker *worker, struct hp_stream_id id,
        const struct hp_fanout_end_cbs *cbs, void *arg)
{
    struct hp_fanout_end *end = g_new0(struct hp_fanout_end, 1);
    end->worker = worker;
    end->id = id;
    end->cbs = cbs;
    end->cbs_arg = arg;
    end->sinks = g_ptr_array_new_with_free_func(g_free);
    end->queue = hp_queue_create(MAX_QUEUED_FRAMES);
    if (end->queue == NULL) {
        log_error("a queue of frames cannot be made, no descriptor is left: raise the limit of "
                  "open files (ulimit -n)");
        hp_fanout_end_destroy(end);
        return NULL;
    }
    return end;
}

static void
drain(struct hp_fanout_end *end)
{
    struct hp_frame *frame;
    while (end->queue != NULL && (frame = hp_queue_pop(end->queue)) != NULL) {
        hp_frame_unref(frame);
    }
}

void
hp_fanout_end_destroy(struct hp_fanout_end *end)
{
    if (end == NULL) {
        return;
    }
    assert(end->watch == NULL);
    drain(end);
    hp_queue_destroy(end->queue);
    g_ptr_array_free(end->sinks, TRUE);
    g_free(end);
}

static void
set_behind(struct hp_fanout_end *end, bool is_so)
{
    __atomic_store_n(&end->is_behind, is_so, __ATOMIC_RELEASE);
}

static bool
is_behind(const struct hp_fanout_end *end)
{
    return __atomic_load_n(&end->is_behind, __ATOMIC_ACQUIRE);
}

bool
hp_fanout_end_push(struct hp_fanout_end *end, const struct hp_frame *frame)
{
    if (!__atomic_load_n(&end->has_sinks, __ATOMIC_ACQUIRE)) {
        set_behind(end, false);
        return true;
    }
    if (is_behind(end) && !frame->is_keyframe) {
        // Request a keyframe only when the queue has room for it: the other workers should not get
        // extra keyframes because one worker hangs.
        if (hp_queue_count(end->queue) <= MAX_QUEUED_FRAMES / 2) {
            want_keyframe(end);
        }
        return false;
    }
    struct hp_frame *held = hp_frame_ref(frame);
    bool is_queued = hp_queue_push(end->queue, held);
    set_behind(end, !is_queued);
    if (!is_queued) {
        hp_frame_unref(held);
    }
    return is_queued;
}

static void
push_to_sinks(struct hp_fanout_end *end, const struct hp_frame *frame)
{
    bool is_anyone_waiting = false;
    guint count = end->sinks->len; // a sink attached from inside a push begins with the next frame
    end->is_pushing = true;
    hp_gso_begin_volley(); // of sound, and of small pictures
    for (guint i = 0; i < count; i++) {
        struct end_sink *entry = g_ptr_array_index(end->sinks, i);
        if (entry->sink == NULL) {
            continue;
        }
        entry->is_waiting = entry->is_waiting && !frame->is_keyframe;
        if (entry->is_waiting) {
            is_anyone_waiting = true;
            continue;
        }
        entry->sink->ops->push(entry->sink, frame);
    }
    hp_gso_end_volley();
    end->is_pushing = false;
    if (is_anyone_waiting) {
        want_keyframe(end);
    }
}

static void
stop_watching(struct hp_fanout_end *end)
{
    __atomic_store_n(&end->has_sinks, 0, __ATOMIC_RELEASE);
    hp_worker_remove_queue(end->watch);
    end->watch = NULL;
    drain(end);
    hp_history_clear(&end->history);
}

static void
remove_detached(struct hp_fanout_end *end)
{
    for (guint i = end->sinks->len; i > 0; i--) {
        const struct end_sink *entry = g_ptr_array_index(end->sinks, i - 1);
        if (entry->sink == NULL) {
            g_ptr_array_remove_index(end->sinks, i - 1);
        }
    }
    if (end->sinks->len == 0 && end->watch != NULL) {
        stop_watching(end);
    }
}

static void
on_frame(void *arg, void *item)
{
    struct hp_fanout_end *end = arg;
    struct hp_frame *frame = item;
    hp_history_add(&end->history, frame);
    push_to_sinks(end, frame);
    hp_frame_unref(frame);
    if (is_behind(end) && hp_queue_count(end->queue) == 0) {
        want_keyframe(end); // on a still desktop no later frame would cause the request
    }
    remove_detached(end);
}

struct hp_feed *
hp_fanout_end_attach(struct hp_fanout_end *end, struct hp_sink *sink)
{
    assert(hp_worker_is_current(end->worker));
    struct end_sink *entry = g_new0(struct end_sink, 1);
    entry->feed = (struct hp_feed){ .ops = &feed_ops, .id = end->id };
    entry->end = end;
    entry->sink = sink;
    entry->is_waiting = true;
    g_ptr_array_add(end->sinks, entry);
    if (end->watch == NULL) {
        drain(end);
        end->watch = hp_worker_add_queue(end->worker, end->queue, on_frame, end);
        __atomic_store_n(&end->has_sinks, 1, __ATOMIC_RELEASE);
    }
    want_keyframe(end);
    return &entry->feed;
}

bool
hp_fanout_end_detach(struct hp_fanout_end *end, const struct hp_sink *sink)
{
    assert(hp_worker_is_current(end->worker));
    for (guint i = 0; i < end->sinks->len; i++) {
        struct end_sink *entry = g_ptr_array_index(end->sinks, i);
        if (entry->sink == sink) {
            entry->sink = NULL;
            if (!end->is_pushing) {
                remove_detached(end);
            }
            return true;
        }
    }
    return false;
}

void
hp_fanout_end_finish(struct hp_fanout_end *end)
{
    assert(hp_worker_is_current(end->worker));
    assert(end->sinks->len == 0); // all peers are closed before the encoder
    if (end->watch != NULL) {
        stop_watching(end);
    }
}

struct hp_worker *
hp_fanout_end_worker(const struct hp_fanout_end *end)
{
    return end->worker;
}

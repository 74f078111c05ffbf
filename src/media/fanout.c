// fanout.c - passes the frames of one encoder to the sinks of all workers.
// Owner: hp_encoder.  Thread: create and close at home, push on the pushing thread, attach and
// detach on the sink's worker.
#include "media/fanout.h"

#include <assert.h>
#include <stdlib.h>

#include <glib.h>

#define LOG_TAG "fanout"
#include "base/log.h"
#include "base/worker.h"
#include "media/fanout_end.h"

struct hp_fanout {
    struct hp_worker *home;
    struct hp_fanout_cbs cbs;
    void *cbs_arg;
    unsigned open_count; // ends that have not been finished; home thread
    unsigned end_count;
    struct hp_fanout_end **ends; // constant after create
};

static void
on_keyframe_wanted(void *arg)
{
    struct hp_fanout *fanout = arg;
    fanout->cbs.on_keyframe_wanted(fanout->cbs_arg);
}

static const struct hp_fanout_end_cbs end_cbs = { .on_keyframe_wanted = on_keyframe_wanted };

void
hp_fanout_destroy(struct hp_fanout *fanout)
{
    if (fanout == NULL) {
        return;
    }
    for (unsigned i = 0; i < fanout->end_count; i++) {
        hp_fanout_end_destroy(fanout->ends[i]);
    }
    g_free(fanout->ends);
    g_free(fanout);
}

struct hp_fanout *
hp_fanout_create(
        const struct hp_fanout_params *params, const struct hp_fanout_cbs *cbs, void *arg)
{
    assert(params->worker_count > 0);
    struct hp_fanout *fanout = g_new0(struct hp_fanout, 1);
    fanout->home = params->home;
    fanout->cbs = *cbs;
    fanout->cbs_arg = arg;
    fanout->ends = g_new0(struct hp_fanout_end *, params->worker_count);
    for (unsigned i = 0; i < params->worker_count; i++) {
        fanout->ends[i] = hp_fanout_end_create(params->workers[i], params->id, &end_cbs, fanout);
        fanout->end_count++;
        if (fanout->ends[i] == NULL) {
            hp_fanout_destroy(fanout);
            return NULL;
        }
    }
    return fanout;
}

struct closing_end {
    struct hp_fanout *fanout;
    struct hp_fanout_end *end;
};

static void
note_finished(void *arg)
{
    struct hp_fanout *fanout = arg;
    if (--fanout->open_count > 0) {
        return;
    }
    struct hp_fanout_cbs cbs = fanout->cbs;
    void *cbs_arg = fanout->cbs_arg;
    hp_fanout_destroy(fanout);
    cbs.on_closed(cbs_arg);
}

static void
finish_end(void *arg)
{
    struct closing_end *closing = arg;
    hp_fanout_end_finish(closing->end);
    hp_worker_post(closing->fanout->home, note_finished, closing->fanout);
    g_free(closing);
}

void
hp_fanout_close(struct hp_fanout *fanout)
{
    assert(hp_worker_is_current(fanout->home));
    assert(fanout->open_count == 0);
    fanout->open_count = fanout->end_count;
    for (unsigned i = 0; i < fanout->end_count; i++) {
        struct closing_end *closing = g_new(struct closing_end, 1);
        *closing = (struct closing_end){ .fanout = fanout, .end = fanout->ends[i] };
        hp_worker_post(hp_fanout_end_worker(closing->end), finish_end, closing);
    }
}

unsigned
hp_fanout_push(struct hp_fanout *fanout, const struct hp_frame *frame)
{
    unsigned dropped = 0;
    for (unsigned i = 0; i < fanout->end_count; i++) {
        dropped += hp_fanout_end_push(fanout->ends[i], frame) ? 0 : 1;
    }
    return dropped;
}

static struct hp_fanout_end *
get_end(struct hp_fanout *fanout, const struct hp_worker *worker)
{
    for (unsigned i = 0; i < fanout->end_count; i++) {
        if (hp_fanout_end_worker(fanout->ends[i]) == worker) {
            return fanout->ends[i];
        }
    }
    log_error("the server ends: a sink is on a worker that its fan-out was not made for");
    abort();
}

struct hp_feed *
hp_fanout_attach(struct hp_fanout *fanout, struct hp_worker *worker, struct hp_sink *sink)
{
    return hp_fanout_end_attach(get_end(fanout, worker), sink);
}

bool
hp_fanout_detach(struct hp_fanout *fanout, struct hp_worker *worker, const struct hp_sink *sink)
{
    return hp_fanout_end_detach(get_end(fanout, worker), sink);
}

// tap.c - gives the encoded frames of one stream to a consumer that is no viewer.
// Owner: a plugin's host.  Thread: main; the sink's half on its worker.
#include "media/tap.h"

#include <stddef.h>

#include <glib.h>

#include "base/feed.h"
#include "base/frame.h"
#include "base/sink.h"
#include "base/tap.h"
#include "base/worker.h"
#include "media/encoder.h"
#include "wire/depacketize.h"

struct hp_tap {
    struct hp_sink sink; // the first member: cast back
    struct hp_tap_params params;
    const struct hp_tap_cbs *cbs;
    void *cbs_arg;
    struct hp_feed *feed; // used on the worker, like the next members
    bool needs_keyframe;
    uint8_t *data; // buffer for one frame, kept from frame to frame
    size_t max_size;
};

static void
push(struct hp_sink *sink, const struct hp_frame *frame)
{
    struct hp_tap *tap = (struct hp_tap *) (void *) sink;
    size_t bound = hp_depacketize_bound(frame);
    if (tap->needs_keyframe && !frame->is_keyframe) {
        return;
    }
    if (bound > tap->max_size) {
        tap->data = g_realloc(tap->data, bound);
        tap->max_size = bound;
    }
    size_t size = hp_depacketize(frame, tap->data, bound);
    tap->needs_keyframe = size == 0;
    if (size == 0) {
        tap->feed->ops->request_keyframe(tap->feed);
        return;
    }
    tap->cbs->on_frame(tap->cbs_arg,
            &(struct hp_plugin_frame){
                    .size = sizeof(struct hp_plugin_frame),
                    .codec = hp_codec_name(frame->codec),
                    .is_keyframe = frame->is_keyframe,
                    .capture_us = frame->capture_us,
                    .data = tap->data,
                    .data_size = size,
            });
}

static const struct hp_sink_ops sink_ops = { .push = push };

static void
attach(void *arg)
{
    struct hp_tap *tap = arg;
    tap->feed = hp_encoder_attach(tap->params.encoder, tap->params.worker, &tap->sink);
}

static void
finish_close(void *arg)
{
    struct hp_tap *tap = arg;
    tap->cbs->on_closed(tap->cbs_arg);
    g_free(tap->data);
    g_free(tap);
}

static void
detach(void *arg)
{
    struct hp_tap *tap = arg;
    hp_encoder_detach(tap->params.encoder, tap->params.worker, &tap->sink);
    hp_worker_post(tap->params.home, finish_close, tap);
}

static void
request_keyframe(void *arg)
{
    struct hp_tap *tap = arg;
    tap->feed->ops->request_keyframe(tap->feed);
}

void
hp_tap_request_keyframe(struct hp_tap *tap)
{
    hp_worker_post(tap->params.worker, request_keyframe, tap);
}

struct hp_tap *
hp_tap_create(const struct hp_tap_params *params, const struct hp_tap_cbs *cbs, void *arg)
{
    struct hp_tap *tap = g_new0(struct hp_tap, 1);
    tap->sink.ops = &sink_ops;
    tap->params = *params;
    tap->cbs = cbs;
    tap->cbs_arg = arg;
    tap->needs_keyframe = true;
    hp_worker_post(params->worker, attach, tap);
    return tap;
}

void
hp_tap_close(struct hp_tap *tap)
{
    hp_worker_post(tap->params.worker, detach, tap);
}

// encoder.c - one level of a stream: one codec at one quality, encoded once for all viewers.
// Owner: room.  Thread: home; on_data on a thread of GStreamer; attach and detach on the worker of
// the sink.
//
//   pipeline -on_data-> packetize -> fanout ==> workers' sinks
//      ^                                            | feed
//      '------ keyframes (joined, limited) <--------'
#include "media/encoder.h"

#include <assert.h>

#include <glib.h>

#define LOG_TAG "encoder"
#include "base/fallback.h"
#include "base/log.h"
#include "base/source.h"
#include "base/timer.h"
#include "base/worker.h"
#include "media/audio_time.h"
#include "media/fanout.h"
#include "media/keyframes.h"
#include "media/pipeline.h"
#include "wire/packetize.h"

enum {
    LINGER_MS = 2000
}; // a page that is reloaded finds the encoder still running

struct counters { // all atomic
    uint64_t openings, frames, packets, bytes, keyframes, keyframe_requests, dropped, bad;
};

struct hp_encoder {
    struct hp_encoder_cbs cbs;
    void *cbs_arg;
    char *name;
    struct hp_stream_id id;
    enum hp_codec codec;
    struct hp_worker *home;
    int64_t linger_us;
    struct hp_pipeline *pipeline;
    struct hp_fanout *fanout;
    struct hp_keyframes keyframes;
    struct hp_timer linger_timer;
    unsigned sinks; // home thread, like the next members
    uint64_t starts; // how often a first sink came
    bool is_started;
    bool is_closing;
    struct counters counters;

    // GStreamer's thread.
    uint64_t next_packet;
    struct hp_audio_time audio_time;
    bool is_broken; // a frame was lost before it became packets: no frame goes out up to a keyframe
};

static void
count(uint64_t *counter, uint64_t by)
{
    __atomic_add_fetch(counter, by, __ATOMIC_RELAXED);
}

static uint64_t
get(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
start(struct hp_encoder *encoder)
{
    struct hp_source *source = hp_pipeline_source(encoder->pipeline);
    encoder->is_started = true;
    encoder->starts++;
    log_info("%s: starts", encoder->name);
    source->ops->start(source);
}

static void
stop(void *arg)
{
    struct hp_encoder *encoder = arg;
    struct hp_source *source = hp_pipeline_source(encoder->pipeline);
    encoder->is_started = false;
    log_info("%s: stops, since no viewer watches", encoder->name);
    source->ops->stop(source);
    hp_keyframes_note(&encoder->keyframes); // no sink is left that wants one
}

static void
note_attached(void *arg)
{
    struct hp_encoder *encoder = arg;
    encoder->sinks++;
    hp_timer_stop(&encoder->linger_timer);
    if (!encoder->is_started && !encoder->is_closing) {
        start(encoder);
    }
}

static void
note_detached(void *arg)
{
    struct hp_encoder *encoder = arg;
    assert(encoder->sinks > 0);
    encoder->sinks--;
    if (encoder->sinks == 0 && encoder->is_started && !encoder->is_closing) {
        hp_timer_start(&encoder->linger_timer, encoder->linger_us);
    }
}

static void
send_keyframe_request(void *arg)
{
    struct hp_encoder *encoder = arg;
    if (encoder->is_closing || !encoder->is_started) {
        return;
    }
    struct hp_source *source = hp_pipeline_source(encoder->pipeline);
    count(&encoder->counters.keyframe_requests, 1);
    source->ops->request_keyframe(source);
}

static void
on_keyframe_wanted(void *arg)
{
    struct hp_encoder *encoder = arg;
    hp_keyframes_want(&encoder->keyframes);
}

// Any frame of sound can be the first one: sound has no keyframes.
static bool
is_usable(struct hp_encoder *encoder, struct hp_frame *frame)
{
    if (frame == NULL) {
        count(&encoder->counters.bad, 1);
        encoder->is_broken = true;
        hp_keyframes_want(&encoder->keyframes);
        return false;
    }
    if (hp_codec_kind(encoder->codec) == HP_TRACK_AUDIO) {
        frame->is_keyframe = true;
    }
    encoder->is_broken = encoder->is_broken && !frame->is_keyframe;
    return !encoder->is_broken;
}

static void
stamp(struct hp_encoder *encoder, struct hp_frame *frame, uint64_t capture_ns)
{
    uint64_t ticks_per_ms = hp_codec_clock_rate(encoder->codec) / 1000;
    frame->id = encoder->id;
    frame->first_packet = encoder->next_packet;
    encoder->next_packet += frame->packet_count;
    frame->capture_us = (int64_t) (capture_ns / 1000);
    frame->rtp_time = (uint32_t) ((capture_ns * ticks_per_ms + 500000) / 1000000);
    if (frame->codec == HP_CODEC_OPUS) {
        frame->rtp_time = hp_audio_time_next(
                &encoder->audio_time, frame->rtp_time, frame->payload, frame->size);
    }
}

static void
count_frame(struct counters *counters, const struct hp_frame *frame)
{
    count(&counters->frames, 1);
    count(&counters->packets, frame->packet_count);
    count(&counters->bytes, frame->size);
    count(&counters->keyframes, frame->is_keyframe ? 1 : 0);
}

static void
on_data(void *arg, const uint8_t *data, size_t size, uint64_t capture_ns)
{
    struct hp_encoder *encoder = arg;
    struct hp_frame *frame = hp_packetize(encoder->codec, data, size);
    if (is_usable(encoder, frame)) {
        stamp(encoder, frame, capture_ns);
        count_frame(&encoder->counters, frame);
        if (frame->is_keyframe) {
            hp_keyframes_note(&encoder->keyframes);
        }
        count(&encoder->counters.dropped, hp_fanout_push(encoder->fanout, frame));
    }
    hp_frame_unref(frame);
}

static void
on_opening(void *arg)
{
    struct hp_encoder *encoder = arg;
    count(&encoder->counters.openings, 1);
}

static void
on_pipeline_state(void *arg, enum hp_pipeline_state state, const char *reason)
{
    static const enum hp_encoder_state states[] = {
        [HP_PIPELINE_STOPPED] = HP_ENCODER_IDLE,
        [HP_PIPELINE_RUNNING] = HP_ENCODER_RUNNING,
        [HP_PIPELINE_FAILED] = HP_ENCODER_FAILED,
    };
    struct hp_encoder *encoder = arg;
    if (state == HP_PIPELINE_RUNNING) {
        log_info("%s: frames flow", encoder->name);
    }
    encoder->cbs.on_state(encoder->cbs_arg, states[state], reason);
}

static void
on_effort(void *arg, const struct hp_effort *effort)
{
    struct hp_encoder *encoder = arg;
    encoder->cbs.on_effort(encoder->cbs_arg, effort);
}

static void
on_pipeline_closed(void *arg)
{
    struct hp_encoder *encoder = arg;
    encoder->pipeline = NULL;
    hp_fanout_close(encoder->fanout);
}

static void
destroy(struct hp_encoder *encoder)
{
    hp_keyframes_finish(&encoder->keyframes);
    hp_timer_stop(&encoder->linger_timer);
    g_free(encoder->name);
    g_free(encoder);
}

static void
on_fanout_closed(void *arg)
{
    struct hp_encoder *encoder = arg;
    struct hp_encoder_cbs cbs = encoder->cbs;
    void *cbs_arg = encoder->cbs_arg;
    destroy(encoder);
    cbs.on_closed(cbs_arg);
}

static const struct hp_fanout_cbs fanout_cbs = {
    .on_keyframe_wanted = on_keyframe_wanted,
    .on_closed = on_fanout_closed,
};

static const struct hp_pipeline_cbs pipeline_cbs = {
    .on_data = on_data,
    .on_opening = on_opening,
    .on_state = on_pipeline_state,
    .on_effort = on_effort,
    .on_closed = on_pipeline_closed,
};

struct hp_encoder *
hp_encoder_create(
        const struct hp_encoder_params *params, const struct hp_encoder_cbs *cbs, void *arg)
{
    assert(hp_worker_is_current(params->home));
    struct hp_encoder *encoder = g_new0(struct hp_encoder, 1);
    encoder->cbs = *cbs;
    encoder->cbs_arg = arg;
    encoder->name = g_strdup(params->name);
    encoder->id = params->id;
    encoder->codec = params->codec;
    encoder->home = params->home;
    encoder->linger_us = hp_fallback_apply(params->linger_ms, LINGER_MS) * 1000;
    hp_keyframes_init(&encoder->keyframes, params->home, send_keyframe_request, encoder);
    hp_timer_init(&encoder->linger_timer, params->home, stop, encoder);
    struct hp_pipeline_params pipeline_params = {
        .name = params->name,
        .text = params->pipeline,
        .codec = params->codec,
        .is_damage_driven = params->is_damage_driven,
        .home = params->home,
    };
    struct hp_fanout_params fanout_params = {
        .home = params->home,
        .workers = params->workers,
        .worker_count = params->worker_count,
        .id = params->id,
    };
    encoder->fanout = hp_fanout_create(&fanout_params, &fanout_cbs, encoder);
    if (encoder->fanout != NULL) {
        encoder->pipeline = hp_pipeline_create(&pipeline_params, &pipeline_cbs, encoder);
    }
    if (encoder->pipeline == NULL) {
        hp_fanout_destroy(encoder->fanout);
        destroy(encoder);
        return NULL;
    }
    return encoder;
}

void
hp_encoder_close(struct hp_encoder *encoder)
{
    assert(hp_worker_is_current(encoder->home));
    assert(!encoder->is_closing);
    encoder->is_closing = true;
    hp_timer_stop(&encoder->linger_timer);
    hp_pipeline_close(encoder->pipeline);
}

void
hp_encoder_restart(struct hp_encoder *encoder, const char *pipeline)
{
    assert(hp_worker_is_current(encoder->home));
    hp_pipeline_restart(encoder->pipeline, pipeline);
}

void
hp_encoder_get_stats(const struct hp_encoder *encoder, struct hp_encoder_stats *stats)
{
    const struct counters *counters = &encoder->counters;
    uint64_t openings = get(&counters->openings);
    assert(hp_worker_is_current(encoder->home));
    *stats = (struct hp_encoder_stats){
        .starts = encoder->starts,
        .restarts = openings > encoder->starts ? openings - encoder->starts : 0,
        .frames = get(&counters->frames),
        .packets = get(&counters->packets),
        .bytes = get(&counters->bytes),
        .keyframes = get(&counters->keyframes),
        .keyframe_requests = get(&counters->keyframe_requests),
        .dropped_frames = get(&counters->dropped),
        .bad_frames = get(&counters->bad),
        .sinks = encoder->sinks,
    };
}

struct hp_feed *
hp_encoder_attach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink)
{
    struct hp_feed *feed = hp_fanout_attach(encoder->fanout, worker, sink);
    hp_worker_post(encoder->home, note_attached, encoder);
    return feed;
}

void
hp_encoder_detach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink)
{
    if (hp_fanout_detach(encoder->fanout, worker, sink)) {
        hp_worker_post(encoder->home, note_detached, encoder);
    }
}

// encoder.h - one level of a stream, which is one codec at one quality: a GStreamer pipeline that
// runs while a viewer watches, its packets, and the fan-out to the sinks of all workers. Every
// frame is encoded once for all viewers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/stream.h"

struct hp_effort;
struct hp_encoder;
struct hp_feed;
struct hp_sink;
struct hp_worker;

enum hp_encoder_state {
    HP_ENCODER_IDLE, // no sink is attached
    HP_ENCODER_RUNNING, // frames flow
    // Error or stall; the pipeline is started again after a back-off. A pipeline whose text cannot
    // be parsed waits for hp_encoder_restart() or the next first sink.
    HP_ENCODER_FAILED,
};

struct hp_encoder_params {
    const char *name; // for logs, "screen/vp8"; copied
    struct hp_stream_id id; // of all frames; unique in the room
    enum hp_codec codec;
    // GStreamer text that ends in `appsink name=appsink` and delivers encoded frames; copied.
    const char *pipeline;
    bool is_damage_driven; // silence is no stall
    int64_t linger_ms; // how long the pipeline runs on after the last sink; 0: 2 s
    struct hp_worker *home;
    struct hp_worker *const *workers; // copied; sinks on these workers may attach
    unsigned worker_count;
};

struct hp_encoder_cbs {
    // Home thread. `reason` is a sentence when the state is FAILED, else NULL.
    void (*on_state)(void *arg, enum hp_encoder_state state, const char *reason);
    // Home thread. How the VP8 encoder of our recipe gets on, now and then.
    void (*on_effort)(void *arg, const struct hp_effort *effort);
    // Home thread. No callback follows; the encoder has been freed.
    void (*on_closed)(void *arg);
};

// Health counters for a metrics page; nothing of the server acts on them.
struct hp_encoder_stats {
    uint64_t starts, restarts, frames, packets, bytes, keyframes, keyframe_requests, dropped_frames;
    uint64_t bad_frames; // frames that could not be packetised
    unsigned sinks;
};

// Home thread. Does not start the pipeline. Owner: the caller, until on_closed. NULL: the reason
// has been logged.
struct hp_encoder *hp_encoder_create(
        const struct hp_encoder_params *params, const struct hp_encoder_cbs *cbs, void *arg);

// Home thread. To be called after all sinks have been detached (their peers are closed).
void hp_encoder_close(struct hp_encoder *encoder);

// Home thread. Restarts the pipeline, with this text unless `pipeline` is NULL; the sinks stay
// attached.
void hp_encoder_restart(struct hp_encoder *encoder, const char *pipeline);

// Home thread.
void hp_encoder_get_stats(const struct hp_encoder *encoder, struct hp_encoder_stats *stats);

// On `worker`, which is the sink's. From after this call on the sink gets every frame, beginning
// with a keyframe, which is requested at once. A sink may be attached to several encoders, but to
// each only once. The feed is valid until hp_encoder_detach().
struct hp_feed *hp_encoder_attach(
        struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink);

// On `worker`, even from inside the sink's push(). Does nothing if the sink is not attached.
void hp_encoder_detach(struct hp_encoder *encoder, struct hp_worker *worker, struct hp_sink *sink);

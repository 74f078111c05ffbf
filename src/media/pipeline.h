// pipeline.h - a GStreamer pipeline as a source: starts, stops, and restarts by itself after an
// error, an end or a stall. No function blocks: a helper thread drives GStreamer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

struct hp_effort;
struct hp_pipeline;
struct hp_source;
struct hp_worker;

enum hp_pipeline_state {
    HP_PIPELINE_STOPPED,
    HP_PIPELINE_RUNNING, // data flows
    HP_PIPELINE_FAILED, // error or stall; started again after a while, if the text can be parsed
};

struct hp_pipeline_params {
    const char *name; // for logs; copied
    const char *text; // copied
    enum hp_codec codec;
    bool is_damage_driven; // silence after the first picture is no stall
    struct hp_worker *home;
};

struct hp_pipeline_cbs {
    // An encoded picture or sound; borrowed. `capture_ns` is on the clock of hp_clock_now_us(). On
    // a thread of GStreamer, one call at a time.
    void (*on_data)(void *arg, const uint8_t *data, size_t size, uint64_t capture_ns);
    // The pipeline is being opened, the first time or again. Helper thread.
    void (*on_opening)(void *arg);
    // Home thread. `reason` is a sentence when the state is FAILED, else NULL.
    void (*on_state)(void *arg, enum hp_pipeline_state state, const char *reason);
    // Home thread. How the VP8 encoder of our recipe gets on, now and then.
    void (*on_effort)(void *arg, const struct hp_effort *effort);
    // Home thread. No callback follows; the pipeline has been freed.
    void (*on_closed)(void *arg);
};

// Home thread. Does not start the pipeline. Owner: the caller, until on_closed. NULL: the reason
// has been logged.
struct hp_pipeline *hp_pipeline_create(
        const struct hp_pipeline_params *params, const struct hp_pipeline_cbs *cbs, void *arg);

// The trait by which the owner starts, stops and requests keyframes. Lives as long as the pipeline.
struct hp_source *hp_pipeline_source(struct hp_pipeline *pipeline);

// Home thread. Uses another text (copied; NULL: the same) from the next start on. A pipeline that
// has been started is restarted at once.
void hp_pipeline_restart(struct hp_pipeline *pipeline, const char *text);

// Home thread. Fine in any state, even while the pipeline is starting; on_closed follows.
void hp_pipeline_close(struct hp_pipeline *pipeline);

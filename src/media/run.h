// run.h - one life of a GStreamer pipeline: from its text to its end. All calls of GStreamer that
// may block are made here, on the helper thread of hp_pipeline.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/frame.h"

struct hp_effort;
struct hp_run;

struct hp_run_params {
    const char *text; // ends in `appsink name=appsink`
    enum hp_codec codec;
    GMainContext *context; // the helper's, where GStreamer's messages arrive
};

struct hp_run_cbs {
    // An encoded picture or sound; borrowed. `capture_ns` is on the clock of hp_clock_now_us(). On
    // a thread of GStreamer, one call at a time; never after hp_run_destroy() has returned.
    void (*on_data)(void *arg, const uint8_t *data, size_t size, uint64_t capture_ns);
    // The run has ended; `reason` is a sentence. Helper thread; the callback may destroy the run.
    void (*on_failed)(void *arg, const char *reason);
    // How the VP8 encoder of our recipe gets on, now and then. On a thread of GStreamer, like
    // on_data.
    void (*on_effort)(void *arg, const struct hp_effort *effort);
};

// Parses the text. NULL: *reason is a sentence with GStreamer's words, which the caller frees.
struct hp_run *hp_run_create(
        const struct hp_run_params *params, const struct hp_run_cbs *cbs, void *arg, char **reason);

// Starts to play. False: *reason as above.
bool hp_run_start(struct hp_run *run, char **reason);

// Asks the encoder for a keyframe, and the sources for a picture to encode.
void hp_run_request_keyframe(struct hp_run *run);

// Ends the run and waits for its threads. NULL is fine. The helper thread.
void hp_run_destroy(struct hp_run *run);

// fanout.h - passes the frames of one encoder to the sinks of all workers: one bounded queue for
// each worker that has sinks, one reference for each frame.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/stream.h"

struct hp_fanout;
struct hp_feed;
struct hp_frame;
struct hp_sink;
struct hp_worker;

struct hp_fanout_params {
    struct hp_worker *home;
    struct hp_worker *const *workers; // copied; sinks on these workers may attach
    unsigned worker_count;
    struct hp_stream_id id; // of all frames
};

struct hp_fanout_cbs {
    void (*on_keyframe_wanted)(void *arg); // any thread, often: the owner joins the requests
    void (*on_closed)(void *arg); // home thread; the fan-out has been freed
};

// Home thread. Owner: the caller, until on_closed. `cbs` stays valid. NULL: the reason has been
// logged.
struct hp_fanout *hp_fanout_create(
        const struct hp_fanout_params *params, const struct hp_fanout_cbs *cbs, void *arg);

// Home thread; all sinks are detached and no frame is pushed any more. on_closed follows.
void hp_fanout_close(struct hp_fanout *fanout);

// Home thread. Frees a fan-out to which no sink was ever attached. NULL is fine.
void hp_fanout_destroy(struct hp_fanout *fanout);

// Passes a frame (borrowed) to every worker that has sinks. Never blocks. Returns the number of
// workers that are behind and did not get the frame. Any thread, but one at a time.
unsigned hp_fanout_push(struct hp_fanout *fanout, const struct hp_frame *frame);

// On `worker`, one of those given to create. The sink gets every frame from the next keyframe on,
// but none during this call. The feed is valid until detach.
struct hp_feed *hp_fanout_attach(
        struct hp_fanout *fanout, struct hp_worker *worker, struct hp_sink *sink);

// On `worker`. False: the sink was not attached there. Fine from inside the sink's push().
bool hp_fanout_detach(
        struct hp_fanout *fanout, struct hp_worker *worker, const struct hp_sink *sink);

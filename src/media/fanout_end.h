// fanout_end.h - one worker's end of a fan-out: a bounded queue of frames, the sinks of that worker
// and one history for all of them. Internal to fanout.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/stream.h"

struct hp_fanout_end;
struct hp_feed;
struct hp_frame;
struct hp_sink;
struct hp_worker;

struct hp_fanout_end_cbs {
    void (*on_keyframe_wanted)(void *arg); // any thread
};

// `id` is in all frames. Owner: hp_fanout. `cbs` stays valid. NULL: no descriptor is free (logged).
struct hp_fanout_end *hp_fanout_end_create(struct hp_worker *worker, struct hp_stream_id id,
        const struct hp_fanout_end_cbs *cbs, void *arg);

// Any thread, after hp_fanout_end_finish() has run; no frame may be pushed any more.
void hp_fanout_end_destroy(struct hp_fanout_end *end);

// The pushing thread, one at a time. Queues a reference if there are sinks. When the queue is full
// the worker is behind: this frame and later ones are dropped up to the next keyframe that finds
// room. False: the frame was dropped.
bool hp_fanout_end_push(struct hp_fanout_end *end, const struct hp_frame *frame);

// On the worker. The sink gets every frame from the next keyframe on, but none during this call.
// The feed is valid until detach.
struct hp_feed *hp_fanout_end_attach(struct hp_fanout_end *end, struct hp_sink *sink);

// On the worker, even from inside the sink's push(). False: the sink was not attached.
bool hp_fanout_end_detach(struct hp_fanout_end *end, const struct hp_sink *sink);

// On the worker, after all sinks are detached: releases the frames.
void hp_fanout_end_finish(struct hp_fanout_end *end);

// Any thread.
struct hp_worker *hp_fanout_end_worker(const struct hp_fanout_end *end);

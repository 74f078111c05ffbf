// feed.h - trait: the line back from a sink to the encoder of its frames. Implemented by an encoder
// level's end on each worker. All calls on that worker.
#pragma once

#include <stdint.h>

#include "base/stream.h"

struct hp_feed;
struct hp_frame;

enum {
    // How far back find_packet() reaches: a viewer that asks later froze long ago and gets
    // a keyframe.
    HP_FEED_MEMORY_US = 1500 * 1000
};

struct hp_feed_ops {
    // Asks for a keyframe. The encoder joins the requests of many sinks and limits them.
    void (*request_keyframe)(struct hp_feed *feed);

    // The frame of the shared history that holds packet `number` of this level; NULL when the
    // packet is too old. Valid until control returns to the worker's loop.
    const struct hp_frame *(*find_packet)(struct hp_feed *feed, uint64_t number);
};

// Part of the object that implements the trait. All frames that the sink gets through this line
// have this id.
struct hp_feed {
    const struct hp_feed_ops *ops;
    struct hp_stream_id id;
};

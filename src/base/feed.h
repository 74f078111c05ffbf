// feed.h - trait: the line back up from a sink to what makes its frames. Implemented by an encoder
// level's end on each worker; all calls on that worker.
#pragma once

#include <stdint.h>

struct hp_frame;
struct hp_feed;

struct hp_feed_ops {
    // Asks for a keyframe. Requests of many are joined and limited by the encoder.
    void (*request_keyframe)(struct hp_feed *feed);

    // What this sink's way can carry, in bits per second.
    void (*suggest_bitrate)(struct hp_feed *feed, uint32_t rate_bps);

    // The frame of the shared history that holds packet `number`, NULL when it is too old. Valid
    // until control returns to the worker's loop.
    const struct hp_frame *(*find_packet)(struct hp_feed *feed, uint64_t number);
};

struct hp_feed {
    const struct hp_feed_ops *ops;
};

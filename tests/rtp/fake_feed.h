// fake_feed.h - test: one level of a stream with a history, whose frames come when the test pushes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/feed.h"
#include "base/frame.h"

struct hp_sink;

enum {
    PACKETS = 3, // of a frame
    SIZE = 500, // bytes of a payload
    HISTORY = 64 // frames
};

struct fake_feed {
    struct hp_feed feed; // first
    enum hp_codec codec;
    struct hp_frame *history[HISTORY];
    unsigned frame_count, keyframe_requests;
    uint64_t next_packet;
};

void fake_feed_init(struct fake_feed *feed, struct hp_stream_id id, enum hp_codec codec);
void fake_feed_finish(struct fake_feed *feed);

// Makes a frame of PACKETS packets and pushes it into the sink. Every byte of a payload tells level
// and packet. The frame is of now, or of `age_us` ago. Valid for HISTORY frames.
const struct hp_frame *fake_feed_push(
        struct fake_feed *feed, struct hp_sink *sink, bool is_keyframe);
const struct hp_frame *fake_feed_push_late(
        struct fake_feed *feed, struct hp_sink *sink, bool is_keyframe, int64_t age_us);

// What every byte of that packet's payload is.
uint8_t fake_feed_byte(struct hp_stream_id id, uint64_t packet);

// studio.h - test: streams of synthetic frames on a worker, with a history, for senders to be
// attached to: sound, and a picture at two levels. Every packet says its own level and number, so
// that a receiver can check each packet.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/feed.h"
#include "base/frame.h"
#include "base/timer.h"

enum { STUDIO_HISTORY = 128, STUDIO_SINKS = 64, STUDIO_LEVELS = 2 };

struct hp_sink;

struct studio_stream {
    struct hp_feed feed; // first
    enum hp_codec codec;
    unsigned packets_per_frame;
    int64_t latency_us; // of the encoder: so old are frames
    unsigned sink_count;
    struct hp_sink *sinks[STUDIO_SINKS];
    struct hp_frame *history[STUDIO_HISTORY];
    unsigned frame_count;
    uint64_t next_packet;
    bool wants_keyframe;
    unsigned keyframe_requests;
};

struct studio {
    struct hp_worker *worker;
    struct hp_timer timer;
    // The second level has larger frames and a slower encoder.
    struct studio_stream video[STUDIO_LEVELS], audio;
};

// What a payload says.
struct studio_packet {
    unsigned level;
    uint64_t number;
    bool is_keyframe; // is it of one?
};

// On the worker, all of it.
void studio_init(struct studio *studio, struct hp_worker *worker, unsigned packets_per_frame);
void studio_finish(struct studio *studio);

// NULL: there is no such level.
struct hp_feed *studio_attach(
        struct studio *studio, enum hp_codec codec, unsigned level, struct hp_sink *sink);
void studio_detach(
        struct studio *studio, enum hp_codec codec, unsigned level, struct hp_sink *sink);

// Makes a frame of a stream and pushes it into its sinks.
void studio_push(struct studio_stream *stream);

// Reads a payload. False: it is not whole, or of nobody.
bool studio_parse(const uint8_t *data, size_t size, struct studio_packet *packet);

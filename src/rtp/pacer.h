// pacer.h - spreads the packets of a large frame, a burst of hundreds, over a few milliseconds. A
// frame of ordinary size goes out at once. All tracks of one browser share a pacer. On the peer's
// worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/timer.h"

struct hp_frame;

// Where the packets of one stream go.
struct hp_pacer_stream {
    // Sends packets [first, first + count) of a frame now. Returns how many were sent; fewer: the
    // path is blocked.
    unsigned (*transmit)(
            void *arg, const struct hp_frame *frame, unsigned first, unsigned count);
    // Frames of this stream will not go out: nothing until a keyframe makes sense.
    void (*on_dropped)(void *arg, unsigned frame_count);
    void *arg;
};

// Part of hp_tracks.
struct hp_pacer {
    struct hp_timer timer; // runs only while frames wait
    GQueue waiting;        // bounded; on overflow everything up to the next keyframe goes
    unsigned waiting_packets;
    int64_t tokens; // packets that may go at once
    int64_t refilled_us;
    bool is_blocked;
    uint16_t next_number; // of the transport-wide header extension
};

void hp_pacer_init(struct hp_pacer *pacer, struct hp_worker *worker);
void hp_pacer_finish(struct hp_pacer *pacer);

// Sends a frame, or keeps a reference until the frame may go. Sound never waits. `stream` stays
// valid until hp_pacer_remove().
void hp_pacer_push(struct hp_pacer *pacer, const struct hp_pacer_stream *stream,
        const struct hp_frame *frame);

// Packets went out past the pacer, as repeats do: the next picture waits for them.
void hp_pacer_charge(struct hp_pacer *pacer, unsigned packet_count);

// Takes `count` numbers of the transport-wide header extension, which all tracks of a browser
// share, and returns the first; 0: only looks.
uint16_t hp_pacer_take_numbers(struct hp_pacer *pacer, unsigned count);

// Forgets the frames of a stream that wait; on_dropped does not come.
void hp_pacer_remove(struct hp_pacer *pacer, const struct hp_pacer_stream *stream);

// The path takes nothing: frames that wait are dropped, and new ones too, up to unblock, when the
// path takes packets again.
void hp_pacer_block(struct hp_pacer *pacer);
void hp_pacer_unblock(struct hp_pacer *pacer);

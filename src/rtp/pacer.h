// pacer.h - spreads the packets of a large frame, a burst of hundreds, over a few milliseconds. A
// frame of ordinary size is sent at once. All tracks of one browser share a pacer. On the peer's
// worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/timer.h"

struct hp_frame;

// Where the packets of one stream go.
struct hp_pacer_stream {
    // Sends packets [first, first + count) of a frame now. Returns how many were sent; fewer than
    // `count`: the path is blocked.
    unsigned (*transmit)(
            void *arg, const struct hp_frame *frame, unsigned first, unsigned count);
    // Frames of this stream were dropped. The browser can decode nothing until the next keyframe.
    void (*on_dropped)(void *arg, unsigned frame_count);
    void *arg;
};

// Part of hp_tracks.
struct hp_pacer {
    struct hp_timer timer; // runs only while frames wait
    GQueue waiting;        // bounded; on overflow all waiting frames are dropped
    unsigned waiting_packets;
    int64_t tokens; // packets that may go at once
    int64_t refilled_us;
    bool is_open;    // there is a path
    int64_t held_us; // before that: since when the first waiting frame waits
    bool is_blocked;
    uint16_t next_number; // of the transport-wide header extension
};

// The pacer uses the clock and the timers of `worker`. Until hp_pacer_open() it sends nothing: the
// newest keyframe and the pictures behind it wait, as long as they are few and fresh.
void hp_pacer_init(struct hp_pacer *pacer, struct hp_worker *worker);
// Drops the waiting frames; on_dropped does not come.
void hp_pacer_finish(struct hp_pacer *pacer);

// There is a path: what waits is sent, or dropped when it is too old. May be called again.
void hp_pacer_open(struct hp_pacer *pacer);

// Sends a frame, or keeps a reference until the frame may go. Sound never waits. `stream` stays
// valid until hp_pacer_remove().
void hp_pacer_push(struct hp_pacer *pacer, const struct hp_pacer_stream *stream,
        const struct hp_frame *frame);

// Counts packets that were sent past the pacer, such as repeats: the next picture waits for them.
void hp_pacer_charge(struct hp_pacer *pacer, unsigned packet_count);

// Takes `count` numbers of the transport-wide header extension, which all tracks of a browser
// share, and returns the first one. With a count of 0 it returns the next number and takes none.
uint16_t hp_pacer_take_numbers(struct hp_pacer *pacer, unsigned count);

// Forgets the waiting frames of a stream; on_dropped does not come.
void hp_pacer_remove(struct hp_pacer *pacer, const struct hp_pacer_stream *stream);

// The path takes no packets: the waiting frames are dropped, and so are new ones, until the path
// takes packets again and hp_pacer_unblock() is called.
void hp_pacer_block(struct hp_pacer *pacer);
void hp_pacer_unblock(struct hp_pacer *pacer);

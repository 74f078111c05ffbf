// sender_scene.h - test: a sender with a feed and a path of the test's, and real SRTP.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/feed.h"
#include "base/frame.h"
#include "peer/negotiate.h"
#include "rtp/pacer.h"
#include "rtp/sender.h"
#include "fixture/two_ends.h"
#include "fixture/until.h"
#include "wire/rtp.h"

enum {
    SSRC = 7,
    RTX_SSRC = 8,
    PACKETS = 3,
    SIZE = 500,
    HISTORY = 64,
    OSNS = 16
};

struct scene {
    struct two_ends ends;
    struct hp_feed feed; // its address finds the scene
    struct hp_pacer pacer;
    struct hp_sender *sender;
    struct hp_section section;
    struct hp_frame *history[HISTORY];
    unsigned frame_count, keyframe_requests;
    uint64_t next_packet;
    // What the browser got.
    struct hp_rtp last;
    uint16_t last_osn;
    unsigned media_count, rtx_count, gaps;
    uint16_t osns[OSNS]; // of the first ones
    struct until until;
    bool has_seq;
    uint16_t next_seq;
};

// Set-up and tear-down of a test; its state is the scene.
int scene_begin(void **state);
int scene_end(void **state);

// A frame of PACKETS packets goes into the sender, and what comes out of it to the browser.
const struct hp_frame *scene_push(struct scene *scene, bool is_keyframe);

// The browser asks for these packets.
void scene_nack(struct scene *scene, const uint16_t *seqs, unsigned count);

// Feedback about `count` transport-wide numbers from `first` on, `lost` of them (-1: none) lost.
void scene_tell(struct scene *scene, uint16_t first, unsigned count, int lost);

// The browser reports that share of lost packets, and that round trip or 1 ms.
void scene_report(struct scene *scene, double lost, int64_t round_trip_us);
void scene_report_loss(struct scene *scene, double share);

// Time passes.
void scene_pass(struct scene *scene, int64_t time_us);

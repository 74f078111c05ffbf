// sender_scene.h - test: a sender between two levels of a stream and a transport of the test's, in
// the test's time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/worker.h"
#include "rtp/agreed.h"
#include "rtp/fake_feed.h"
#include "rtp/fake_transport.h"
#include "rtp/pacer.h"
#include "rtp/sender.h"
#include "wire/rtp.h"

enum {
    SSRC = 7,
    RTX_SSRC = 8,
    OSNS = 16
};

struct scene {
    struct hp_worker *worker;
    struct fake_transport transport;
    struct hp_pacer pacer;
    struct fake_feed low, high; // levels 0 and 1; the sender is attached to the low one
    struct hp_agreed agreed;
    struct hp_sender *sender;
    unsigned switch_count; // that the sender told
    // What the browser got.
    struct hp_rtp last, last_media;
    uint8_t last_byte; // of its payload
    uint16_t last_osn;
    unsigned media_count, rtx_count;
    unsigned gaps; // of sequence numbers
    unsigned bad_times; // frames whose time does not grow
    uint16_t osns[OSNS]; // of the first ones
    bool has_seq;
    uint16_t next_seq;
};

// Set-up and tear-down of a test; its state is the scene.
int scene_begin(void **state);
int scene_end(void **state);

// A frame of PACKETS packets of the low level goes into the sender.
const struct hp_frame *scene_push(struct scene *scene, bool is_keyframe);

// The browser asks for these packets.
void scene_nack(struct scene *scene, const uint16_t *seqs, unsigned count);

// Feedback about `count` transport-wide numbers from `first` on, `lost` of them (-1: none) lost.
void scene_tell(struct scene *scene, uint16_t first, unsigned count, int lost);

// The browser reports that share of lost packets, and that round trip or 1 ms.
void scene_report(struct scene *scene, double lost, int64_t round_trip_us);
void scene_report_loss(struct scene *scene, double share);

struct hp_sender_stats scene_stats(const struct scene *scene);

// Takes scene->agreed over.
void scene_configure(struct scene *scene);

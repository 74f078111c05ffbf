// viewer.h - test: what a browser does with RTP: puts it in order, asks again for what is lost, asks
// for a keyframe when that does not help, reports. On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/rtp.h"

enum { VIEWER_WINDOW = 1024, VIEWER_SEND_MAX = 256 };

struct viewer {
    bool wants_repeats; // sends NACK
    bool wants_reports; // sends RR
    void (*send_rtcp)(void *arg, const uint8_t *data, size_t size);
    void *arg;
    uint32_t video_ssrc;
    struct hp_rtp_unwrapper unwrapper;
    int64_t next_seq;  // everything before it has arrived or was given up
    int64_t highest_seq;
    bool has_video;
    uint8_t got[VIEWER_WINDOW];
    uint64_t video_packets, audio_packets, repeated_packets, duplicates, broken_packets;
    uint64_t complete_packets; // in order, without a gap
    unsigned nack_count, pli_count, given_up;
    bool has_begun_with_keyframe;
    uint64_t packets_since_nack, packets_since_report;
};

void viewer_handle_rtp(struct viewer *viewer, const uint8_t *data, size_t size);

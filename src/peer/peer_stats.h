// peer_stats.h - facts about a peer for the page, the log and the metrics; counters since it began.
#pragma once

#include <stdint.h>

#include "base/path.h"

struct hp_peer_stats {
    enum hp_path_kind path;
    char pair[160]; // "host 10.0.0.2:40000 - prflx 10.0.0.9:51000"
    int64_t round_trip_us; // 0: not known yet
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
    uint64_t nacks, retransmitted, keyframe_requests, dropped_frames, bad_packets;
    uint64_t dropped_candidates; // of the browser: bad, or with a name that only its own LAN knows
    unsigned failed_servers; // of webrtc.iceservers.backend: when asked last, they did not serve us
    double fraction_lost; // of the video, last report, 0..1
    uint64_t remb_bps; // 0: the browser never told
    uint64_t feedback_packets; // transport-wide feedback messages parsed
};

// receiver.h - the RTCP packets of one browser: parsed, counted, handed to the tracks. On the
// peer's worker. RFC 3550, RFC 4585, RFC 5104, draft-holmer-rmcat-transport-wide-cc.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hp_rtcp_nack;
struct hp_rtcp_report;
struct hp_twcc;

// All arguments are borrowed.
struct hp_receiver_cbs {
    // `round_trip_us` is 0 when the report does not tell the round trip.
    void (*on_report)(void *arg, const struct hp_rtcp_report *report, int64_t round_trip_us);
    void (*on_nack)(void *arg, struct hp_rtcp_nack *nack);
    void (*on_feedback)(void *arg, const struct hp_twcc *twcc);
    void (*on_keyframe_request)(void *arg, uint32_t ssrc);
};

// Part of hp_tracks. The counters are for health: a metrics page will show them.
struct hp_receiver {
    const struct hp_receiver_cbs *cbs;
    void *cbs_arg;
    uint64_t remb_bps;         // 0: the browser never told
    uint64_t feedback_packets; // transport-wide feedback messages
    uint64_t bad_packets; // unreadable, or more than the receiver looks at
    int64_t work_begin_us; // begin of the second for which `work` counts
    unsigned work; // packet numbers read from feedback in that second
    int last_fir_seq; // -1: no FIR has come
};

// `cbs` stays valid as long as the receiver.
void hp_receiver_init(struct hp_receiver *receiver, const struct hp_receiver_cbs *cbs, void *arg);

// Takes a compound packet after SRTCP. Packets that cannot be read are counted, not logged.
void hp_receiver_handle_rtcp(struct hp_receiver *receiver, const uint8_t *data, size_t size);

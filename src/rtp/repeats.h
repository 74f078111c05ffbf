// repeats.h - which packets of a track are sent once more: those that the browser asks for (NACK),
// those that its transport-wide feedback calls lost, and, on a lossy way, copies of packets whose
// loss would cost too much. Part of a sender; on the peer's worker.
// RFC 4585 (NACK), RFC 4588 (RTX).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/stream.h"
#include "base/timer.h"

struct hp_batch_track;
struct hp_feed;
struct hp_frame;
struct hp_pacer;
struct hp_rtcp_nack;
struct hp_rtcp_report;
struct hp_rtp_transport;
struct hp_sent_log;
struct hp_sent_run;
struct hp_twcc;

enum {
    HP_REPEATS_COPIES = 64, // copies that wait for their moment: those of 20 ms
    HP_REPEATS_FEEDS = 3, // levels whose packets can be repeated
};

struct hp_repeats_params {
    struct hp_worker *worker;
    const struct hp_batch_track *track; // kept, like the next two; all outlive the repeats
    struct hp_rtp_transport *transport;
    struct hp_pacer *pacer;
};

struct hp_repeats_stats {
    uint64_t nacks; // RTCP messages, not packets
    uint64_t retransmitted; // packets
    double fraction_lost; // of the last report, 0..1
    int64_t round_trip_us; // 0: not known
};

// A packet that is to be sent once more at `due_us`, hp_clock.
struct hp_repeats_copy {
    int64_t seq;
    int64_t due_us;
};

// The last packet of the last frame: no later packet shows its loss.
struct hp_repeats_tail {
    bool is_open; // the packet was sent, and no feedback calls it or its last repeat received
    int64_t seq;
    uint16_t number; // transport-wide
    uint16_t last_number; // of its last repeat as RTX; else `number`
    int64_t sent_us;
    unsigned count; // how often the packet was sent again
};

struct hp_repeats {
    const struct hp_batch_track *track;
    struct hp_rtp_transport *transport;
    struct hp_pacer *pacer;
    struct hp_feed *feeds[HP_REPEATS_FEEDS];
    unsigned feed_count;
    struct hp_stream_id id; // the level of the last packets
    struct hp_sent_log *log; // NULL: no packet of this track is repeated
    uint16_t next_rtx_seq;
    int64_t budget; // bytes that repeats may take now
    int64_t budget_us;
    double loss; // share of lost packets, 0..1: the worst report, which fades
    int64_t keyframe_seq; // older packets are of no use, though the browser may ask for them
    struct hp_timer timer; // runs while a packet may have to be sent again
    struct hp_repeats_tail tail;
    bool has_feedback; // the browser tells what came
    struct hp_repeats_copy copies[HP_REPEATS_COPIES]; // a ring
    unsigned first_copy, copy_count;
    struct hp_repeats_stats stats;
};

void hp_repeats_init(struct hp_repeats *repeats, const struct hp_repeats_params *params);
// Forgets all packets and stops the timer.
void hp_repeats_finish(struct hp_repeats *repeats);

// The packets of that level can be found from now on, or not any more: packets of a level are
// repeated from the history of that level. At most HP_REPEATS_FEEDS levels.
void hp_repeats_add_feed(struct hp_repeats *repeats, struct hp_feed *feed);
void hp_repeats_remove_feed(struct hp_repeats *repeats, const struct hp_feed *feed);

// From now on packets are remembered, so that they can be repeated.
void hp_repeats_begin(struct hp_repeats *repeats);

// Forgets all packets: the packets sent so far are not repeated, and later ones are not remembered.
void hp_repeats_end(struct hp_repeats *repeats);

// Notes that packets of a frame were sent.
void hp_repeats_note(struct hp_repeats *repeats, const struct hp_sent_run *run,
        const struct hp_frame *frame);

// Repeats the packets that the browser asks for, as far as history, limits and budget allow.
void hp_repeats_handle_nack(struct hp_repeats *repeats, struct hp_rtcp_nack *nack);

// Repeats the packets that the transport-wide feedback calls lost, within the same budget. When the
// feedback calls a repeat lost, that packet is repeated at once. So is the end of the last frame
// when the feedback does not know it, though it should have come by then.
void hp_repeats_handle_feedback(struct hp_repeats *repeats, const struct hp_twcc *twcc);

// Notes the loss that a report tells, and the round trip (0: the report does not tell it).
void hp_repeats_handle_report(
        struct hp_repeats *repeats, const struct hp_rtcp_report *report, int64_t round_trip_us);

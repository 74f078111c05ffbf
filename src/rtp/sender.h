// sender.h - one outgoing RTP track of one browser: renumbers the frames of a stream, remembers
// under which number each packet was sent, repeats lost packets, writes reports. A sender is a sink
// that may be attached to several levels of the stream and sends one of them. On the peer's worker.
// RFC 3550 (RTP), RFC 4585 (NACK, PLI), RFC 4588 (RTX).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/sink.h"

struct hp_agreed;
struct hp_feed;
struct hp_pacer;
struct hp_rtcp_nack;
struct hp_rtcp_report;
struct hp_rtp_transport;
struct hp_sender;
struct hp_twcc;
struct hp_worker;

struct hp_sender_params {
    struct hp_worker *worker;
    enum hp_track_kind kind;
    uint32_t ssrc, rtx_ssrc;
    struct hp_rtp_transport *transport; // outlives the sender, as does the pacer
    struct hp_pacer *pacer;
    const char *cname; // copied
};

struct hp_sender_cbs {
    // The selected level is the one that is sent from now on. Called from inside a push.
    void (*on_switched)(void *arg);
};

struct hp_sender_stats {
    uint64_t nacks, retransmitted, keyframe_requests, dropped_frames;
    double fraction_lost; // of the last report, 0..1
    int64_t round_trip_us; // 0: not known
};

// Owner: hp_track. `cbs` stays valid. Never NULL.
struct hp_sender *hp_sender_create(
        const struct hp_sender_params *params, const struct hp_sender_cbs *cbs, void *arg);
void hp_sender_destroy(struct hp_sender *sender);

// Takes over codec, payload types and extensions as they were agreed.
void hp_sender_configure(struct hp_sender *sender, const struct hp_agreed *agreed);

// The sink to attach to levels of a stream.
struct hp_sink *hp_sender_sink(struct hp_sender *sender);

// The sink has been attached to one more level, whose line back is `feed`; at most HP_REPEATS_FEEDS
// levels. The first level is sent at once: the sender requests its keyframe and begins with that. A
// later level is sent only after hp_sender_select().
void hp_sender_attach(struct hp_sender *sender, struct hp_feed *feed);

// The sink is about to be detached from that level, whose packets are not repeated any more. If
// that level is the one that is sent, the sender forgets all sent packets.
void hp_sender_detach(struct hp_sender *sender, struct hp_feed *feed);

// Requests a keyframe of another attached level, and sends that level from this keyframe on, the
// present level until then. Sequence numbers continue and times grow; on_switched follows. With the
// present level as `feed` an earlier selection is cancelled.
void hp_sender_select(struct hp_sender *sender, struct hp_feed *feed);

uint32_t hp_sender_ssrc(const struct hp_sender *sender);

// Lets frames flow, or pauses: a paused sender drops all frames.
void hp_sender_enable(struct hp_sender *sender, bool is_enabled);

// The browser asks for a keyframe (PLI, FIR). Passed on to the level within the viewer's budget:
// four keyframes at once, then one every 4 s; uncharged while the viewer has no picture, since we
// dropped some of its frames. A request beyond the budget is kept for hp_sender_remind().
void hp_sender_request_keyframe(struct hp_sender *sender);

// Requests once more the keyframes that are needed and did not come.
void hp_sender_remind(struct hp_sender *sender);

// Repeats the packets that the browser asks for, as far as history, limits and budget allow.
void hp_sender_handle_nack(struct hp_sender *sender, struct hp_rtcp_nack *nack);

// Repeats the packets that the transport-wide feedback calls lost, within the same budget. When the
// feedback calls a repeat lost, that packet is repeated at once.
void hp_sender_handle_feedback(struct hp_sender *sender, const struct hp_twcc *twcc);

// Notes the loss that the browser reports, and the round trip (0: not known).
void hp_sender_handle_report(
        struct hp_sender *sender, const struct hp_rtcp_report *report, int64_t round_trip_us);

// Writes a sender report with its SDES (RFC 3550 section 6.4.1). Returns the number of bytes; 0: no
// packet was sent yet, or `size` is too small.
size_t hp_sender_write_report(struct hp_sender *sender, uint8_t *data, size_t size);

// The number of packets sent so far, without repeats.
uint64_t hp_sender_packets(const struct hp_sender *sender);

void hp_sender_get_stats(const struct hp_sender *sender, struct hp_sender_stats *stats);

// sender.h - one outgoing RTP track of one browser: renumbers the frames of a stream, remembers
// what went out as what, repeats what was lost, reports. A sink. On the peer's worker.
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

struct hp_sender_stats {
    uint64_t nacks, retransmitted, keyframe_requests, dropped_frames;
    double fraction_lost; // last report, 0..1
    int64_t round_trip_us; // 0: not known
};

// Owner: hp_tracks. Never NULL.
struct hp_sender *hp_sender_create(const struct hp_sender_params *params);
void hp_sender_destroy(struct hp_sender *sender);

// Takes over codec, payload types and extensions as they were agreed.
void hp_sender_configure(struct hp_sender *sender, const struct hp_agreed *agreed);

// The sink to attach to a stream, and the line back to it; NULL: detached. Nothing goes out before
// a keyframe; it is asked for unless attaching has pushed one.
struct hp_sink *hp_sender_sink(struct hp_sender *sender);
void hp_sender_set_feed(struct hp_sender *sender, struct hp_feed *feed);

enum hp_codec hp_sender_codec(const struct hp_sender *sender);
uint32_t hp_sender_ssrc(const struct hp_sender *sender);

// Lets frames flow or pauses.
void hp_sender_enable(struct hp_sender *sender, bool is_enabled);

// Asks for a keyframe (PLI, FIR): at most a few times a second.
void hp_sender_request_keyframe(struct hp_sender *sender);

// Asks again for a keyframe that is needed and did not come.
void hp_sender_remind(struct hp_sender *sender);

// Repeats what was lost, as far as history, limits and budget allow.
void hp_sender_handle_nack(struct hp_sender *sender, struct hp_rtcp_nack *nack);

// Repeats what the transport-wide feedback calls lost, within the same budget; what it calls lost
// again at once.
void hp_sender_handle_feedback(struct hp_sender *sender, const struct hp_twcc *twcc);
void hp_sender_handle_report(
        struct hp_sender *sender, const struct hp_rtcp_report *report, int64_t round_trip_us);

// Writes a sender report with its SDES. Returns its bytes; 0: nothing was sent yet.
size_t hp_sender_write_report(struct hp_sender *sender, uint8_t *data, size_t size);

// How many packets went out so far, without repeats.
uint64_t hp_sender_packets(const struct hp_sender *sender);

void hp_sender_get_stats(const struct hp_sender *sender, struct hp_sender_stats *stats);

// sender_parts.h - the fields of a sender, for its own files and nobody else.
#pragma once

#include "base/timer.h"
#include "rtp/pacer.h"
#include "rtp/sender.h"
#include "rtp/sent_log.h"
#include "dtls/srtp.h"
#include "wire/rtp.h"

enum {
    HP_SENDER_BATCH = 40, // packets whose headers are built before they are sent
    HP_SENDER_COPIES = 64, // repeats in 20 ms
};

// A packet that goes out once more at that time.
struct hp_sender_copy {
    int64_t seq;
    int64_t due_us;
};

// What goes out once more.
struct hp_sender_repeats {
    struct hp_sent_log *log; // NULL: this track is never repeated (sound)
    int64_t budget; // bytes that repeats may take now
    int64_t budget_us;
    double loss; // share that got lost lately, 0..1: the worst report, fading
    int64_t keyframe_seq; // nobody needs what is older
    struct hp_timer timer; // runs while something may have to go again

    // The end of the last frame: if it is lost, nothing behind it shows that.
    bool has_tail; // it went out, and no feedback calls it received
    int64_t tail_seq;
    uint16_t tail_number; // transport-wide
    int64_t tail_us;
    unsigned tail_count; // how often it went again

    // On a lossy way, repeats go twice: a ring.
    struct hp_sender_copy copies[HP_SENDER_COPIES];
    unsigned first_copy, copy_count;
};

struct hp_sender {
    struct hp_sink sink; // first
    enum hp_track_kind kind;
    uint32_t ssrc, rtx_ssrc;
    struct hp_transport *transport;
    struct hp_pacer *pacer;
    struct hp_pacer_stream stream;
    char *cname;
    struct hp_feed *feed;
    bool is_enabled;
    bool needs_keyframe;
    int64_t keyframe_asked_us; // 0: never

    // As agreed.
    enum hp_codec codec;
    uint8_t payload_type;
    int rtx_payload_type; // -1: none
    struct hp_rtp_ext_ids ext_ids;
    char mid[HP_RTP_MID_MAX + 1];

    // Numbers.
    int64_t next_seq; // extended
    uint16_t next_rtx_seq;
    uint32_t time_offset;
    bool has_expected;
    uint64_t expected_packet;

    struct hp_sender_repeats repeats;

    // For reports.
    bool has_sent;
    uint32_t last_rtp_time;
    int64_t last_capture_us;
    uint32_t packet_count, octet_count;
    struct hp_sender_stats stats;
};

// Headers and packets of a batch, built and sent before anything else happens on the thread.
struct hp_sender_batch {
    unsigned count;
    struct hp_srtp_packet packets[HP_SENDER_BATCH];
    uint8_t headers[HP_SENDER_BATCH][HP_RTP_HEADER_SIZE_MAX];
    uint8_t prefixes[HP_SENDER_BATCH][HP_RTP_OSN_SIZE];
};

// sender_batch.c: 24 bits of seconds, 18 of them of a second's fraction, as abs-send-time is.
uint32_t hp_sender_send_time(int64_t now_us);

// The next transport-wide numbers, where they are agreed: feedback knows none of other packets.
uint16_t hp_sender_take_numbers(struct hp_sender *sender, unsigned count);

void hp_sender_fill_header(const struct hp_sender *sender, const struct hp_frame *frame,
        const struct hp_packet *packet, struct hp_rtp *rtp);
void hp_sender_add_to_batch(struct hp_sender_batch *batch, const struct hp_sender *sender,
        const struct hp_rtp *rtp, const struct hp_frame *frame, const struct hp_packet *packet);

// sender_repeat.c: once; from now on what goes out may be repeated; what went out may not any more.
void hp_sender_init_repeats(struct hp_sender *sender, struct hp_worker *worker);
void hp_sender_begin_repeats(struct hp_sender *sender);
void hp_sender_end_repeats(struct hp_sender *sender);

// Packets of that frame went out.
void hp_sender_note_run(struct hp_sender *sender, const struct hp_sent_run *run,
        const struct hp_frame *frame);

// sender.c - one outgoing RTP track of one browser.
// Owner: hp_tracks.  Thread: the peer's worker.
// RFC 3550 (RTP), RFC 4588 (RTX), RFC 8285 (extensions).
#include "rtc/sender.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/feed.h"
#include "base/ident.h"
#include "rtc/negotiate.h"
#include "rtc/pacer.h"
#include "rtc/sent_log.h"
#include "rtc/transport.h"
#include "wire/rtcp.h"
#include "wire/rtp.h"

enum {
    BATCH = 40,                        // packets whose headers are built before they are sent
    KEYFRAME_INTERVAL_US = 250 * 1000, // between two requests of one browser
    MIN_REPEAT_US = 10 * 1000,         // between two repeats of a packet, or the round trip
    MAX_REPEATS = 8,                   // of one packet
    REPEAT_RATE = 500 * 1000,          // bytes a second that repeats may take
    REPEAT_BURST = 250 * 1000,         // bytes
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

    struct hp_sent_log *log; // NULL: this track is never repeated (sound)
    int64_t budget;          // bytes that repeats may take now
    int64_t budget_us;

    // For reports.
    bool has_sent;
    uint32_t last_rtp_time;
    int64_t last_capture_us;
    uint32_t packet_count, octet_count;
    struct hp_sender_stats stats;
};

// Headers and packets of a batch, built and sent before anything else happens on the thread.
struct batch {
    unsigned count;
    struct hp_srtp_packet packets[BATCH];
    uint8_t headers[BATCH][HP_RTP_HEADER_SIZE_MAX];
    uint8_t prefixes[BATCH][HP_RTP_OSN_SIZE];
};

static uint32_t
send_time_now(void)
{
    return (uint32_t) (hp_clock_ntp(hp_clock_now_us()) >> 14) & 0xffffff;
}

static void
fill_header(const struct hp_sender *sender, const struct hp_frame *frame,
        const struct hp_packet *packet, struct hp_rtp *rtp)
{
    *rtp = (struct hp_rtp) {
        .is_last = packet->is_last,
        .payload_type = sender->payload_type,
        .timestamp = frame->rtp_time + sender->time_offset,
        .ssrc = sender->ssrc,
        .has_transport_seq = true,
        .has_playout_delay = true, // 0..0: show it at once
        // Where the transport-wide number is agreed, the send time would say the same again.
        .has_abs_send_time = sender->ext_ids.transport_seq == 0,
    };
    memcpy(rtp->mid, sender->mid, sizeof(rtp->mid));
}

static void
add_to_batch(struct batch *batch, const struct hp_sender *sender, const struct hp_rtp *rtp,
        const struct hp_frame *frame, const struct hp_packet *packet)
{
    uint8_t *header = batch->headers[batch->count];
    ssize_t size = hp_rtp_write(header, HP_RTP_HEADER_SIZE_MAX, &sender->ext_ids, rtp);
    assert(size > 0);
    batch->packets[batch->count++] = (struct hp_srtp_packet) {
        .header = header,
        .header_size = (size_t) size,
        .payload = frame->payload + packet->offset,
        .payload_size = packet->size,
    };
}

static unsigned
transmit_batch(struct hp_sender *sender, const struct hp_frame *frame, unsigned first,
        unsigned count)
{
    struct batch batch;
    batch.count = 0;
    struct hp_sent_run run = {
        .first_seq = sender->next_seq,
        .first_packet = frame->first_packet + first,
        .transport_seq = hp_transport_take_numbers(sender->transport, 0),
        .abs_send_time = send_time_now(),
    };
    for (unsigned i = 0; i < count; i++) {
        const struct hp_packet *packet = &frame->packets[first + i];
        struct hp_rtp rtp;
        fill_header(sender, frame, packet, &rtp);
        rtp.seq = (uint16_t) (run.first_seq + i);
        rtp.transport_seq = (uint16_t) (run.transport_seq + i);
        rtp.abs_send_time = run.abs_send_time;
        add_to_batch(&batch, sender, &rtp, frame, packet);
    }
    unsigned sent = hp_transport_send_rtp(sender->transport, batch.packets, count);
    // What did not go out has no number: the next packet gets it.
    hp_transport_take_numbers(sender->transport, sent);
    sender->next_seq += sent;
    sender->packet_count += sent;
    sender->stats.packets += sent;
    for (unsigned i = 0; i < sent; i++) {
        sender->octet_count += frame->packets[first + i].size;
    }
    run.count = sent;
    if (sender->log != NULL && sent > 0) {
        hp_sent_log_add(sender->log, &run);
    }
    return sent;
}

static unsigned
transmit(void *arg, const struct hp_frame *frame, unsigned first, unsigned count)
{
    struct hp_sender *sender = arg;
    unsigned done = 0;
    while (done < count) {
        unsigned part = MIN(count - done, BATCH);
        unsigned sent = transmit_batch(sender, frame, first + done, part);
        done += sent;
        if (sent < part) {
            break;
        }
    }
    if (done > 0) {
        sender->has_sent = true;
        sender->last_rtp_time = frame->rtp_time;
        sender->last_capture_us = frame->capture_us;
    }
    return done;
}

static void
ask_for_keyframe(struct hp_sender *sender)
{
    int64_t now_us = hp_clock_now_us();
    bool is_too_soon = sender->keyframe_asked_us != 0
            && now_us - sender->keyframe_asked_us < KEYFRAME_INTERVAL_US;
    if (sender->feed == NULL || sender->kind != HP_TRACK_VIDEO || is_too_soon) {
        return;
    }
    sender->keyframe_asked_us = now_us;
    sender->feed->ops->request_keyframe(sender->feed);
}

static void
on_dropped(void *arg, unsigned frame_count)
{
    struct hp_sender *sender = arg;
    sender->stats.dropped_frames += frame_count;
    if (sender->kind == HP_TRACK_VIDEO) {
        sender->needs_keyframe = true;
        ask_for_keyframe(sender);
    }
}

static void
push(struct hp_sink *sink, const struct hp_frame *frame)
{
    struct hp_sender *sender = (struct hp_sender *) sink; // its first member
    if (!sender->is_enabled || frame->codec != sender->codec || frame->packet_count == 0
            || !hp_transport_is_connected(sender->transport)) {
        return;
    }
    bool has_gap = sender->has_expected && frame->first_packet != sender->expected_packet;
    sender->has_expected = true;
    sender->expected_packet = frame->first_packet + frame->packet_count;
    if (sender->kind == HP_TRACK_VIDEO) {
        sender->needs_keyframe = (sender->needs_keyframe || has_gap) && !frame->is_keyframe;
    }
    if (sender->needs_keyframe) {
        sender->stats.dropped_frames++;
        ask_for_keyframe(sender);
        return;
    }
    hp_pacer_push(sender->pacer, &sender->stream, frame);
}

static const struct hp_sink_ops sink_ops = { .push = push };

struct hp_sender *
hp_sender_create(const struct hp_sender_params *params)
{
    struct hp_sender *sender = g_new0(struct hp_sender, 1);
    sender->sink.ops = &sink_ops;
    sender->kind = params->kind;
    sender->ssrc = params->ssrc;
    sender->rtx_ssrc = params->rtx_ssrc;
    sender->transport = params->transport;
    sender->pacer = params->pacer;
    sender->cname = g_strdup(params->cname);
    sender->stream = (struct hp_pacer_stream) {
        .transmit = transmit, .on_dropped = on_dropped, .arg = sender,
    };
    sender->is_enabled = true;
    sender->needs_keyframe = params->kind == HP_TRACK_VIDEO;
    sender->rtx_payload_type = -1;
    uint16_t seqs[2];
    hp_ident_random(seqs, sizeof(seqs));
    // RFC 3711 section 3.3.1: not near the wrap, or a loss at the start costs the roll-over count.
    sender->next_seq = seqs[0] & 0x7fff;
    sender->next_rtx_seq = seqs[1] & 0x7fff;
    hp_ident_random(&sender->time_offset, sizeof(sender->time_offset));
    return sender;
}

void
hp_sender_destroy(struct hp_sender *sender)
{
    if (sender == NULL) {
        return;
    }
    hp_pacer_remove(sender->pacer, &sender->stream);
    g_free(sender->log);
    g_free(sender->cname);
    g_free(sender);
}

void
hp_sender_configure(struct hp_sender *sender, const struct hp_section *section)
{
    bool is_same = sender->payload_type == section->payload_type
            && sender->codec == section->codec
            && memcmp(&sender->ext_ids, &section->ext_ids, sizeof(sender->ext_ids)) == 0;
    sender->codec = section->codec;
    sender->payload_type = section->payload_type;
    sender->rtx_payload_type = section->rtx_payload_type;
    sender->ext_ids = section->ext_ids;
    sender->mid[0] = '\0';
    if (strlen(section->mid) <= HP_RTP_MID_MAX) {
        g_strlcpy(sender->mid, section->mid, sizeof(sender->mid));
    }
    bool wants_log = (section->feedback & HP_SDP_FB_NACK) != 0;
    if (!is_same || !wants_log) {
        // What went out under other headers could not be repeated as it was.
        g_clear_pointer(&sender->log, g_free);
    }
    if (wants_log && sender->log == NULL) {
        sender->log = g_new0(struct hp_sent_log, 1);
    }
}

struct hp_sink *
hp_sender_sink(struct hp_sender *sender)
{
    return &sender->sink;
}

void
hp_sender_remind(struct hp_sender *sender)
{
    if (sender->needs_keyframe && sender->is_enabled) {
        ask_for_keyframe(sender);
    }
}

void
hp_sender_set_feed(struct hp_sender *sender, struct hp_feed *feed)
{
    sender->feed = feed;
    if (feed != NULL) {
        hp_sender_remind(sender); // unless attaching has pushed one at once
        return;
    }
    sender->has_expected = false;
    sender->needs_keyframe = sender->kind == HP_TRACK_VIDEO;
    sender->keyframe_asked_us = 0;
    hp_pacer_remove(sender->pacer, &sender->stream);
    if (sender->log != NULL) {
        memset(sender->log, 0, sizeof(*sender->log)); // the next stream has other packets
    }
}

enum hp_codec
hp_sender_codec(const struct hp_sender *sender)
{
    return sender->codec;
}

uint32_t
hp_sender_ssrc(const struct hp_sender *sender)
{
    return sender->ssrc;
}

void
hp_sender_enable(struct hp_sender *sender, bool is_enabled)
{
    if (sender->is_enabled == is_enabled) {
        return;
    }
    sender->is_enabled = is_enabled;
    hp_pacer_remove(sender->pacer, &sender->stream);
    if (is_enabled && sender->kind == HP_TRACK_VIDEO) {
        sender->needs_keyframe = true;
        ask_for_keyframe(sender);
    }
}

void
hp_sender_request_keyframe(struct hp_sender *sender)
{
    sender->stats.keyframe_requests++;
    ask_for_keyframe(sender);
}

static bool
take_budget(struct hp_sender *sender, size_t size, int64_t now_us)
{
    int64_t elapsed_us = MIN(now_us - sender->budget_us, 1000 * 1000);
    sender->budget = MIN(sender->budget + elapsed_us * REPEAT_RATE / 1000000, REPEAT_BURST);
    sender->budget_us = now_us;
    if (sender->budget < (int64_t) size) {
        return false;
    }
    sender->budget -= (int64_t) size;
    return true;
}

static void
add_repeat(struct hp_sender *sender, struct batch *batch, const struct hp_sent_packet *sent,
        const struct hp_frame *frame)
{
    const struct hp_packet *packet = &frame->packets[sent->packet - frame->first_packet];
    struct hp_rtp rtp;
    fill_header(sender, frame, packet, &rtp);
    if (sender->rtx_payload_type < 0) {
        // The very packet again: AES-GCM must never see two texts under one number.
        rtp.seq = (uint16_t) sent->seq;
        rtp.transport_seq = sent->transport_seq;
        rtp.abs_send_time = sent->abs_send_time;
        add_to_batch(batch, sender, &rtp, frame, packet);
        return;
    }
    rtp.ssrc = sender->rtx_ssrc;
    rtp.payload_type = (uint8_t) sender->rtx_payload_type;
    rtp.seq = sender->next_rtx_seq++;
    rtp.transport_seq = hp_transport_take_numbers(sender->transport, 1);
    rtp.abs_send_time = send_time_now();
    unsigned index = batch->count;
    add_to_batch(batch, sender, &rtp, frame, packet);
    hp_rtp_write_osn(batch->prefixes[index], (uint16_t) sent->seq);
    batch->packets[index].prefix = batch->prefixes[index];
    batch->packets[index].prefix_size = HP_RTP_OSN_SIZE;
}

static void
repeat_packet(struct hp_sender *sender, uint16_t seq, int64_t now_us, struct batch *batch)
{
    struct hp_sent_packet sent;
    int64_t interval_us = MAX(sender->stats.round_trip_us, MIN_REPEAT_US);
    if (!hp_sent_log_find(sender->log, seq, &sent)) {
        return;
    }
    const struct hp_frame *frame = sender->feed->ops->find_packet(sender->feed, sent.packet);
    if (frame == NULL || sent.packet < frame->first_packet
            || sent.packet - frame->first_packet >= frame->packet_count
            || !hp_sent_log_may_repeat(sender->log, sent.seq, now_us, interval_us, MAX_REPEATS)
            || !take_budget(sender, frame->packets[sent.packet - frame->first_packet].size,
                    now_us)) {
        return;
    }
    add_repeat(sender, batch, &sent, frame);
}

static void
flush(struct hp_sender *sender, struct batch *batch)
{
    if (batch->count > 0) {
        sender->stats.retransmitted +=
                hp_transport_send_rtp(sender->transport, batch->packets, batch->count);
    }
    batch->count = 0;
}

void
hp_sender_handle_nack(struct hp_sender *sender, struct hp_rtcp_nack *nack)
{
    sender->stats.nacks++;
    if (sender->log == NULL || sender->feed == NULL || sender->pacer->is_blocked) {
        return;
    }
    struct batch batch;
    batch.count = 0;
    int64_t now_us = hp_clock_now_us();
    uint16_t seq;
    while (hp_rtcp_nack_next(nack, &seq)) {
        if (batch.count == BATCH) {
            flush(sender, &batch);
        }
        repeat_packet(sender, seq, now_us, &batch);
    }
    flush(sender, &batch);
}

void
hp_sender_handle_report(
        struct hp_sender *sender, const struct hp_rtcp_report *report, int64_t round_trip_us)
{
    sender->stats.fraction_lost = report->fraction_lost / 256.0;
    if (round_trip_us > 0) {
        sender->stats.round_trip_us = round_trip_us;
    }
}

size_t
hp_sender_write_report(struct hp_sender *sender, uint8_t *data, size_t size)
{
    if (!sender->has_sent) {
        return 0;
    }
    // What the stream's clock says now, by the last frame: when it was made and its RTP time.
    int64_t now_us = hp_clock_now_us();
    int64_t ticks = (now_us - sender->last_capture_us) * hp_codec_clock_rate(sender->codec)
            / 1000000;
    struct hp_rtcp_sr sr = {
        .ssrc = sender->ssrc,
        .ntp = hp_clock_ntp(now_us),
        .rtp_time = sender->last_rtp_time + sender->time_offset + (uint32_t) ticks,
        .packet_count = sender->packet_count,
        .octet_count = sender->octet_count,
    };
    ssize_t sr_size = hp_rtcp_write_sr(data, size, &sr, NULL, 0);
    if (sr_size < 0) {
        return 0;
    }
    ssize_t sdes_size = hp_rtcp_write_sdes(
            data + sr_size, size - (size_t) sr_size, sender->ssrc, sender->cname);
    return sdes_size < 0 ? 0 : (size_t) (sr_size + sdes_size);
}

const struct hp_sender_stats *
hp_sender_stats(const struct hp_sender *sender)
{
    return &sender->stats;
}

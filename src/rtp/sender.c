// sender.c - one outgoing RTP track of one browser.
// Owner: hp_tracks.  Thread: the peer's worker.
// RFC 3550. Its packets: sender_batch.c. What goes out once more: sender_repeat.c.
#include "rtp/sender_parts.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/feed.h"
#include "base/ident.h"
#include "peer/negotiate.h"
#include "dtls/transport.h"
#include "wire/rtcp.h"

enum {
    KEYFRAME_INTERVAL_US = 250 * 1000, // between two requests of one browser
};

static unsigned
transmit_batch(
        struct hp_sender *sender, const struct hp_frame *frame, unsigned first, unsigned count)
{
    struct hp_sender_batch batch;
    batch.count = 0;
    int64_t now_us = hp_clock_now_us();
    struct hp_sent_run run = {
        .first_seq = sender->next_seq,
        .first_packet = frame->first_packet + first,
        .transport_seq = hp_sender_take_numbers(sender, 0),
        .abs_send_time = hp_sender_send_time(now_us),
        .sent_us = now_us,
    };
    for (unsigned i = 0; i < count; i++) {
        const struct hp_packet *packet = &frame->packets[first + i];
        struct hp_rtp rtp;
        hp_sender_fill_header(sender, frame, packet, &rtp);
        rtp.seq = (uint16_t) (run.first_seq + i);
        rtp.transport_seq = (uint16_t) (run.transport_seq + i);
        rtp.abs_send_time = run.abs_send_time;
        hp_sender_add_to_batch(&batch, sender, &rtp, frame, packet);
    }
    unsigned sent = hp_transport_send_rtp(sender->transport, batch.packets, count);
    // What did not go out has no number: the next packet gets it.
    hp_sender_take_numbers(sender, sent);
    sender->next_seq += sent;
    sender->packet_count += sent;
    sender->stats.packets += sent;
    run.count = sent;
    for (unsigned i = 0; i < sent; i++) {
        run.size += frame->packets[first + i].size;
    }
    sender->octet_count += run.size;
    if (sent > 0) {
        hp_sender_note_run(sender, &run, frame);
    }
    return sent;
}

static unsigned
transmit(void *arg, const struct hp_frame *frame, unsigned first, unsigned count)
{
    struct hp_sender *sender = arg;
    unsigned done = 0;
    while (done < count) {
        unsigned part = MIN(count - done, HP_SENDER_BATCH);
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
    hp_sender_init_repeats(sender, params->worker);
    sender->cname = g_strdup(params->cname);
    sender->stream = (struct hp_pacer_stream){
        .transmit = transmit,
        .on_dropped = on_dropped,
        .arg = sender,
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
    hp_sender_end_repeats(sender);
    g_free(sender->cname);
    g_free(sender);
}

void
hp_sender_configure(struct hp_sender *sender, const struct hp_section *section)
{
    const char *mid = strlen(section->mid) <= HP_RTP_MID_MAX ? section->mid : "";
    bool is_same = sender->payload_type == section->payload_type && sender->codec == section->codec
            && memcmp(&sender->ext_ids, &section->ext_ids, sizeof(sender->ext_ids)) == 0
            && strcmp(sender->mid, mid) == 0;
    sender->codec = section->codec;
    sender->payload_type = section->payload_type;
    sender->rtx_payload_type = section->rtx_payload_type;
    sender->ext_ids = section->ext_ids;
    g_strlcpy(sender->mid, mid, sizeof(sender->mid));
    bool wants_log = (section->feedback & HP_SDP_FB_NACK) != 0;
    if (!is_same || !wants_log) {
        // What went out under other headers could not be repeated as it was.
        hp_sender_end_repeats(sender);
    }
    if (wants_log) {
        hp_sender_begin_repeats(sender);
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
    if (sender->repeats.log != NULL) {
        hp_sender_end_repeats(sender); // the next stream has other packets
        hp_sender_begin_repeats(sender);
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

size_t
hp_sender_write_report(struct hp_sender *sender, uint8_t *data, size_t size)
{
    if (!sender->has_sent) {
        return 0;
    }
    // What the stream's clock says now, by the last frame: when it was made and its RTP time.
    int64_t now_us = hp_clock_now_us();
    int64_t ticks =
            (now_us - sender->last_capture_us) * hp_codec_clock_rate(sender->codec) / 1000000;
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

// sender.c - one outgoing RTP track of one browser.
// Owner: hp_tracks.  Thread: the peer's worker.
// RFC 3550.
#include "rtp/sender.h"

#include <glib.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/feed.h"
#include "base/ident.h"
#include "base/rtp_transport.h"
#include "rtp/agreed.h"
#include "rtp/batch.h"
#include "rtp/pacer.h"
#include "rtp/repeats.h"
#include "rtp/sent_log.h"
#include "wire/rtcp.h"

enum {
    KEYFRAME_INTERVAL_US = 250 * 1000, // between two requests of one browser to one level
    // All viewers pay for the keyframes that one asks for: so many at once, and then one every 4 s.
    KEYFRAME_BURST = 4,
    KEYFRAME_PRICE_S = 4,
    // The most that the times of two levels may differ, in ticks of RTP's clock: 10 s of pictures.
    // A larger step back is a step forward: the 32 bits wrap after 13 hours.
    MAX_BEHIND = 10 * 90000,
};

// A level that the sender is attached to, and when its last keyframe request was.
struct level {
    struct hp_feed *feed; // NULL: no level
    int64_t asked_us; // when a keyframe was requested last, hp_clock; 0: never
    bool is_asked; // that request has no answer yet
};

struct hp_sender {
    struct hp_sink sink; // the first member: push() casts to the sender
    enum hp_track_kind kind;
    struct hp_rtp_transport *transport;
    struct hp_pacer *pacer;
    struct hp_pacer_stream stream;
    char *cname;
    enum hp_codec codec; // as agreed
    struct hp_batch_track track;
    const struct hp_sender_cbs *cbs;
    void *cbs_arg;
    struct level shown; // the level that is sent
    struct level next; // selected; its next keyframe makes it the shown level
    struct hp_stream_id id; // of `shown`
    bool is_enabled;
    bool needs_keyframe; // of `shown`: frames before it are dropped
    bool is_owed; // the browser asked when its budget was empty
    struct hp_bucket keyframe_budget; // a token is a keyframe

    // Numbers.
    int64_t next_seq; // extended
    uint32_t time_offset;
    uint32_t sent_time; // RTP time of the last frame as it went out, without the offset
    bool has_expected; // of `shown`
    uint64_t expected_packet;

    struct hp_repeats repeats;

    // For reports.
    bool has_sent;
    uint32_t last_rtp_time;
    int64_t last_capture_us;
    uint32_t packet_count, octet_count;
    uint64_t packets, keyframe_requests, dropped_frames;
};

static unsigned
transmit_batch(
        struct hp_sender *sender, const struct hp_frame *frame, unsigned first, unsigned count)
{
    struct hp_batch batch;
    hp_batch_init(&batch, &sender->track);
    bool has_numbers = sender->track.ext_ids.transport_seq != 0;
    int64_t now_us = hp_clock_now_us();
    struct hp_sent_run run = {
        .id = frame->id,
        .first_seq = sender->next_seq,
        .first_packet = frame->first_packet + first,
        .timestamp = sender->sent_time + sender->time_offset,
        .transport_seq = hp_pacer_take_numbers(sender->pacer, 0),
        .abs_send_time = hp_batch_send_time(now_us),
        .sent_us = now_us,
    };
    for (unsigned i = 0; i < count; i++) {
        struct hp_batch_numbers numbers = {
            .seq = (uint16_t) (run.first_seq + i),
            .transport_seq = (uint16_t) (run.transport_seq + i),
            .timestamp = run.timestamp,
            .abs_send_time = run.abs_send_time,
        };
        hp_batch_add(&batch, &numbers, frame, first + i);
    }
    unsigned sent = sender->transport->ops->send_rtp(sender->transport, batch.packets, count);
    // A packet that was not taken has not been protected either: the next packet gets its number.
    // Where the transport-wide number is not agreed, no number is taken.
    hp_pacer_take_numbers(sender->pacer, has_numbers ? sent : 0);
    sender->next_seq += sent;
    sender->packet_count += sent;
    sender->packets += sent;
    run.count = sent;
    for (unsigned i = 0; i < sent; i++) {
        run.size += frame->packets[first + i].size;
    }
    sender->octet_count += run.size;
    if (sent > 0) {
        hp_repeats_note(&sender->repeats, &run, frame);
    }
    return sent;
}

// RTP times only grow. The first frames of a level with a slower encoder may be older than the last
// frame that was sent: such frames get the next possible times.
static uint32_t
choose_time(const struct hp_sender *sender, const struct hp_frame *frame)
{
    uint32_t behind = sender->sent_time - frame->rtp_time;
    return sender->has_sent && behind < MAX_BEHIND ? sender->sent_time + 1 : frame->rtp_time;
}

static unsigned
transmit(void *arg, const struct hp_frame *frame, unsigned first, unsigned count)
{
    struct hp_sender *sender = arg;
    unsigned done = 0;
    if (first == 0) {
        sender->sent_time = choose_time(sender, frame);
    }
    while (done < count) {
        unsigned part = MIN(count - done, HP_RTP_BATCH_MAX);
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

// Requests a keyframe of a level. What the browser asks for is charged to its budget; what our own
// drops cost is not, since the viewer has no picture until then. A repeat costs nothing. A viewer
// who is not connected yet has one keyframe, which the pacer holds as long as it is fresh.
static void
ask(struct hp_sender *sender, struct level *level, bool is_charged)
{
    int64_t now_us = hp_clock_now_us();
    bool is_first = level->asked_us == 0;
    bool is_too_soon = !is_first
            && (now_us - level->asked_us < KEYFRAME_INTERVAL_US
                    || !sender->transport->ops->is_connected(sender->transport));
    if (level->feed == NULL || sender->kind != HP_TRACK_VIDEO || is_too_soon) {
        return;
    }
    if (is_charged && !level->is_asked && !hp_bucket_take(&sender->keyframe_budget, 1)) {
        sender->is_owed = true;
        return;
    }
    level->is_asked = true;
    level->asked_us = now_us;
    level->feed->ops->request_keyframe(level->feed);
}

static void
on_dropped(void *arg, unsigned frame_count)
{
    struct hp_sender *sender = arg;
    sender->dropped_frames += frame_count;
    if (sender->kind == HP_TRACK_VIDEO) {
        sender->needs_keyframe = true;
        ask(sender, &sender->shown, false);
    }
}

// Handles a frame of another level than the shown one: of the selected level, or of one that
// lingers. Returns whether the frame is to be sent: then its level has become the shown one.
static bool
switch_level(struct hp_sender *sender, const struct hp_frame *frame)
{
    if (sender->next.feed == NULL || !hp_stream_id_equal(frame->id, sender->next.feed->id)) {
        return false;
    }
    if (sender->kind == HP_TRACK_VIDEO && !frame->is_keyframe) {
        ask(sender, &sender->next, false);
        return false;
    }
    sender->shown = sender->next;
    sender->next = (struct level){ .feed = NULL };
    sender->id = frame->id;
    sender->cbs->on_switched(sender->cbs_arg);
    return true;
}

static void
push(struct hp_sink *sink, const struct hp_frame *frame)
{
    struct hp_sender *sender = (struct hp_sender *) sink; // its first member
    if (!sender->is_enabled || frame->packet_count == 0) {
        return;
    }
    if (!hp_stream_id_equal(frame->id, sender->id) && !switch_level(sender, frame)) {
        return;
    }
    // Packets are numbered within a level: a switch of levels looks like a gap, but the keyframe
    // that comes with the switch makes up for the gap.
    bool has_gap = sender->has_expected && frame->first_packet != sender->expected_packet;
    sender->has_expected = true;
    sender->expected_packet = frame->first_packet + frame->packet_count;
    if (sender->kind == HP_TRACK_VIDEO) {
        sender->needs_keyframe = (sender->needs_keyframe || has_gap) && !frame->is_keyframe;
        sender->is_owed = sender->is_owed && !frame->is_keyframe;
        sender->shown.is_asked = sender->shown.is_asked && !frame->is_keyframe;
    }
    if (sender->needs_keyframe) {
        sender->dropped_frames++;
        ask(sender, &sender->shown, false);
        return;
    }
    hp_pacer_push(sender->pacer, &sender->stream, frame);
}

static const struct hp_sink_ops sink_ops = { .push = push };

struct hp_sender *
hp_sender_create(
        const struct hp_sender_params *params, const struct hp_sender_cbs *cbs, void *arg)
{
    struct hp_sender *sender = g_new0(struct hp_sender, 1);
    sender->sink.ops = &sink_ops;
    sender->cbs = cbs;
    sender->cbs_arg = arg;
    sender->kind = params->kind;
    hp_bucket_init(&sender->keyframe_budget, 1.0 / KEYFRAME_PRICE_S, KEYFRAME_BURST);
    sender->track = (struct hp_batch_track){
        .ssrc = params->ssrc,
        .rtx_ssrc = params->rtx_ssrc,
        .rtx_payload_type = -1,
    };
    sender->transport = params->transport;
    sender->pacer = params->pacer;
    struct hp_repeats_params repeats_params = {
        .worker = params->worker,
        .track = &sender->track,
        .transport = params->transport,
        .pacer = params->pacer,
    };
    hp_repeats_init(&sender->repeats, &repeats_params);
    sender->cname = g_strdup(params->cname);
    sender->stream = (struct hp_pacer_stream){
        .transmit = transmit,
        .on_dropped = on_dropped,
        .arg = sender,
    };
    sender->is_enabled = true;
    sender->needs_keyframe = params->kind == HP_TRACK_VIDEO;
    uint16_t seq;
    hp_ident_random(&seq, sizeof(seq));
    // RFC 3711 section 3.3.1: a start near the wrap plus a loss would cost the roll-over count.
    sender->next_seq = seq & 0x7fff;
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
    hp_repeats_finish(&sender->repeats);
    g_free(sender->cname);
    g_free(sender);
}

void
hp_sender_configure(struct hp_sender *sender, const struct hp_agreed *agreed)
{
    bool is_same = hp_batch_track_configure(&sender->track, agreed)
            && sender->codec == agreed->codec;
    sender->codec = agreed->codec;
    if (!is_same || !agreed->has_nack) {
        // A packet that was sent under another header cannot be repeated byte for byte.
        hp_repeats_end(&sender->repeats);
    }
    if (agreed->has_nack) {
        hp_repeats_begin(&sender->repeats);
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
    if (!sender->is_enabled) {
        return;
    }
    if (sender->needs_keyframe || sender->is_owed) {
        ask(sender, &sender->shown, !sender->needs_keyframe);
    }
    ask(sender, &sender->next, false);
}

void
hp_sender_attach(struct hp_sender *sender, struct hp_feed *feed)
{
    hp_repeats_add_feed(&sender->repeats, feed);
    if (sender->shown.feed == NULL) {
        sender->shown = (struct level){ .feed = feed };
        sender->id = feed->id;
        hp_sender_remind(sender);
    }
}

static void
forget_all(struct hp_sender *sender)
{
    sender->shown = sender->next = (struct level){ .feed = NULL };
    sender->has_expected = sender->is_owed = false;
    sender->needs_keyframe = sender->kind == HP_TRACK_VIDEO;
    hp_pacer_remove(sender->pacer, &sender->stream);
    if (sender->repeats.log != NULL) {
        hp_repeats_end(&sender->repeats); // the next stream has other packets
        hp_repeats_begin(&sender->repeats);
    }
}

void
hp_sender_detach(struct hp_sender *sender, struct hp_feed *feed)
{
    hp_repeats_remove_feed(&sender->repeats, feed);
    if (sender->shown.feed == feed) {
        forget_all(sender);
    } else if (sender->next.feed == feed) {
        sender->next = (struct level){ .feed = NULL };
    }
}

void
hp_sender_select(struct hp_sender *sender, struct hp_feed *feed)
{
    if (feed == sender->next.feed) {
        return; // a keyframe is under way already
    }
    bool is_shown = feed == sender->shown.feed;
    sender->next = (struct level){ .feed = is_shown ? NULL : feed };
    if (sender->is_enabled) {
        ask(sender, &sender->next, false);
    }
}

uint32_t
hp_sender_ssrc(const struct hp_sender *sender)
{
    return sender->track.ssrc;
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
        hp_sender_remind(sender);
    }
}

void
hp_sender_request_keyframe(struct hp_sender *sender)
{
    sender->keyframe_requests++;
    ask(sender, &sender->shown, !sender->needs_keyframe);
}

size_t
hp_sender_write_report(struct hp_sender *sender, uint8_t *data, size_t size)
{
    if (!sender->has_sent) {
        return 0;
    }
    // The present time on the stream's clock, from the last frame: when the frame was made, and its
    // RTP time.
    int64_t now_us = hp_clock_now_us();
    int64_t ticks =
            (now_us - sender->last_capture_us) * hp_codec_clock_rate(sender->codec) / 1000000;
    struct hp_rtcp_sr sr = {
        .ssrc = sender->track.ssrc,
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
            data + sr_size, size - (size_t) sr_size, sender->track.ssrc, sender->cname);
    return sdes_size < 0 ? 0 : (size_t) (sr_size + sdes_size);
}

void
hp_sender_handle_nack(struct hp_sender *sender, struct hp_rtcp_nack *nack)
{
    hp_repeats_handle_nack(&sender->repeats, nack);
}

void
hp_sender_handle_feedback(struct hp_sender *sender, const struct hp_twcc *twcc)
{
    hp_repeats_handle_feedback(&sender->repeats, twcc);
}

void
hp_sender_handle_report(
        struct hp_sender *sender, const struct hp_rtcp_report *report, int64_t round_trip_us)
{
    hp_repeats_handle_report(&sender->repeats, report, round_trip_us);
}

uint64_t
hp_sender_packets(const struct hp_sender *sender)
{
    return sender->packets;
}

void
hp_sender_get_stats(const struct hp_sender *sender, struct hp_sender_stats *stats)
{
    const struct hp_repeats_stats *repeats = &sender->repeats.stats;
    *stats = (struct hp_sender_stats){
        .nacks = repeats->nacks,
        .retransmitted = repeats->retransmitted,
        .keyframe_requests = sender->keyframe_requests,
        .dropped_frames = sender->dropped_frames,
        .fraction_lost = repeats->fraction_lost,
        .round_trip_us = repeats->round_trip_us,
    };
}

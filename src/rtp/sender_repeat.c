// sender_repeat.c - what of a track goes out once more: what the browser asks for, what its feedback
// calls lost, and, on a lossy way, what would cost too much if it got lost.
// Owner: hp_tracks.  Thread: the peer's worker.
// RFC 4588 (RTX), RFC 4585 (NACK). The end again: as RFC 8985 section 7.2 has it for TCP.
//
// A browser asks at once for what is missing in front of a packet that came. Two losses cost it a
// wait that is seen: that of the end of a picture, until the next one comes; and that of the NACK
// or the repeat, which it asks for again only after 100 ms, what it takes for the round trip as long
// as it only receives. So the end goes again when nothing comes behind it, repeats go twice, and
// the transport-wide feedback counts as a NACK.
#include "rtp/sender_parts.h"

#include <glib.h>

#include "base/clock.h"
#include "base/feed.h"
#include "base/frame.h"
#include "dtls/transport.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

enum {
    MIN_REPEAT_US = 10 * 1000, // between two NACKs of a packet that are answered, or the round trip
    MAX_REPEATS = 8, // of one packet
    REPEAT_SHARE = 2, // repeats take one half of what the frames do,
    REPEAT_RATE = 50 * 1000, // and so many bytes a second besides,
    REPEAT_BURST = 125 * 1000, // but no more bytes at once
    COPY_RESERVE = 60 * 1000, // bytes of it that are kept for what is known to be lost
    COPY_US = 20 * 1000, // to the next copy on a lossy way: losses come in bursts
    LOSSY_TAIL_COPIES = 2,
    TAIL_US = 150 * 1000, // and a round trip to the only copy on a good way: feedback mostly comes
};

// Above this share of lost packets a way is lossy: copies pay. Above the other one it is too narrow:
// they would make that worse.
static const double LOSSY = 1.0 / 64, NARROW = 0.25;
static const double FADING = 0.8; // of what is remembered of it, with each report

static bool
is_lossy(const struct hp_sender *sender)
{
    return sender->repeats.loss > LOSSY && sender->repeats.loss < NARROW;
}

static bool
take_budget(struct hp_sender *sender, size_t size, int64_t reserve, int64_t now_us)
{
    struct hp_sender_repeats *repeats = &sender->repeats;
    int64_t elapsed_us = MIN(now_us - repeats->budget_us, 10 * 1000 * 1000);
    repeats->budget = MIN(repeats->budget + elapsed_us * REPEAT_RATE / 1000000, REPEAT_BURST);
    repeats->budget_us = now_us;
    if (repeats->budget < (int64_t) size + reserve) {
        return false;
    }
    repeats->budget -= (int64_t) size;
    return true;
}

static void
add_repeat(struct hp_sender *sender, struct hp_sender_batch *batch,
        const struct hp_sent_packet *sent, const struct hp_frame *frame, bool is_copy,
        int64_t now_us)
{
    const struct hp_packet *packet = &frame->packets[sent->packet - frame->first_packet];
    struct hp_rtp rtp;
    hp_sender_fill_header(sender, frame, packet, &rtp);
    if (sender->rtx_payload_type < 0) {
        // The very packet again: AES-GCM must never see two texts under one number.
        rtp.seq = (uint16_t) sent->seq;
        rtp.transport_seq = sent->transport_seq;
        rtp.abs_send_time = sent->abs_send_time;
        hp_sender_add_to_batch(batch, sender, &rtp, frame, packet);
        return;
    }
    rtp.ssrc = sender->rtx_ssrc;
    rtp.payload_type = (uint8_t) sender->rtx_payload_type;
    rtp.seq = sender->next_rtx_seq++;
    rtp.transport_seq = hp_sender_take_numbers(sender, 1);
    rtp.abs_send_time = hp_sender_send_time(now_us);
    if (!is_copy) { // whether a copy arrives matters to nobody
        hp_sent_log_note_number(sender->repeats.log, sent->seq, rtp.transport_seq);
    }
    unsigned index = batch->count;
    hp_sender_add_to_batch(batch, sender, &rtp, frame, packet);
    hp_rtp_write_osn(batch->prefixes[index], (uint16_t) sent->seq);
    batch->packets[index].prefix = batch->prefixes[index];
    batch->packets[index].prefix_size = HP_RTP_OSN_SIZE;
}

static void
flush(struct hp_sender *sender, struct hp_sender_batch *batch)
{
    if (batch->count > 0) {
        unsigned sent = hp_transport_send_rtp(sender->transport, batch->packets, batch->count);
        sender->stats.retransmitted += sent;
        hp_pacer_charge(sender->pacer, sent);
    }
    batch->count = 0;
}

// The frame of the history that the packet is of, NULL if it is too old.
static const struct hp_frame *
find_frame(const struct hp_sender *sender, const struct hp_sent_packet *sent)
{
    const struct hp_frame *frame = sender->feed->ops->find_packet(sender->feed, sent->packet);
    bool is_in = frame != NULL && sent->packet >= frame->first_packet
            && sent->packet - frame->first_packet < frame->packet_count;
    return is_in ? frame : NULL;
}

// False: it is too old, or the budget is used up.
static bool
send_again(struct hp_sender *sender, const struct hp_sent_packet *sent, bool is_copy,
        int64_t now_us, struct hp_sender_batch *batch)
{
    const struct hp_frame *frame = find_frame(sender, sent);
    if (frame == NULL) {
        return false;
    }
    size_t size = frame->packets[sent->packet - frame->first_packet].size;
    if (!take_budget(sender, size, is_copy ? COPY_RESERVE : 0, now_us)) {
        return false;
    }
    if (!is_copy) {
        hp_sent_log_note_repeat(sender->repeats.log, sent->seq, now_us);
    }
    if (batch->count == HP_SENDER_BATCH) {
        flush(sender, batch);
    }
    add_repeat(sender, batch, sent, frame, is_copy, now_us);
    return true;
}

// When the end of the last frame has to go again; INT64_MAX: not any more.
static int64_t
tail_due_us(const struct hp_sender *sender)
{
    const struct hp_sender_repeats *repeats = &sender->repeats;
    bool is_bad = is_lossy(sender);
    if (!repeats->has_tail || repeats->tail_count >= (is_bad ? LOSSY_TAIL_COPIES : 1)) {
        return INT64_MAX;
    }
    int64_t delay_us =
            is_bad ? COPY_US * (repeats->tail_count + 1) : TAIL_US + sender->stats.round_trip_us;
    return repeats->tail_us + delay_us;
}

static int64_t
copy_due_us(const struct hp_sender *sender)
{
    const struct hp_sender_repeats *repeats = &sender->repeats;
    return repeats->copy_count > 0 ? repeats->copies[repeats->first_copy].due_us : INT64_MAX;
}

static void
start_timer(struct hp_sender *sender, int64_t now_us)
{
    int64_t due_us = MIN(tail_due_us(sender), copy_due_us(sender));
    if (due_us != INT64_MAX) {
        hp_timer_start(&sender->repeats.timer, MAX(due_us - now_us, 0));
    }
}

static void
add_copy(struct hp_sender *sender, int64_t seq, int64_t now_us)
{
    struct hp_sender_repeats *repeats = &sender->repeats;
    if (!is_lossy(sender) || repeats->copy_count == HP_SENDER_COPIES) {
        return;
    }
    unsigned next = (repeats->first_copy + repeats->copy_count++) % HP_SENDER_COPIES;
    repeats->copies[next] = (struct hp_sender_copy){ .seq = seq, .due_us = now_us + COPY_US };
    if (repeats->copy_count == 1) {
        start_timer(sender, now_us);
    }
}

// At most once in `interval_us`.
static void
repeat_packet(struct hp_sender *sender, const struct hp_sent_packet *sent, int64_t interval_us,
        int64_t now_us, struct hp_sender_batch *batch)
{
    if (hp_sent_log_may_repeat(sender->repeats.log, sent->seq, now_us, interval_us, MAX_REPEATS)
            && send_again(sender, sent, false, now_us, batch)) {
        add_copy(sender, sent->seq, now_us);
    }
}

static bool
can_repeat(const struct hp_sender *sender)
{
    return sender->repeats.log != NULL && sender->feed != NULL && !sender->pacer->is_blocked;
}

void
hp_sender_handle_nack(struct hp_sender *sender, struct hp_rtcp_nack *nack)
{
    sender->stats.nacks++;
    if (!can_repeat(sender)) {
        return;
    }
    struct hp_sender_batch batch;
    batch.count = 0;
    int64_t now_us = hp_clock_now_us();
    int64_t interval_us = MAX(sender->stats.round_trip_us, MIN_REPEAT_US);
    uint16_t seq;
    while (hp_rtcp_nack_next(nack, &seq)) {
        struct hp_sent_packet sent;
        if (hp_sent_log_find(sender->repeats.log, seq, &sent)) {
            repeat_packet(sender, &sent, interval_us, now_us, &batch);
        }
    }
    flush(sender, &batch);
}

// No interval: feedback names the very transmission that got lost.
static void
repeat_number(
        struct hp_sender *sender, uint16_t number, int64_t now_us, struct hp_sender_batch *batch)
{
    struct hp_sent_packet sent;
    if (hp_sent_log_find_number(sender->repeats.log, number, now_us, &sent)
            && sent.seq >= sender->repeats.keyframe_seq) {
        repeat_packet(sender, &sent, 0, now_us, batch);
    }
}

void
hp_sender_handle_feedback(struct hp_sender *sender, const struct hp_twcc *twcc)
{
    if (!can_repeat(sender) || sender->ext_ids.transport_seq == 0) {
        return;
    }
    struct hp_sender_repeats *repeats = &sender->repeats;
    struct hp_sender_batch batch;
    batch.count = 0;
    int64_t now_us = hp_clock_now_us();
    for (unsigned i = 0; i < twcc->item_count; i++) {
        const struct hp_twcc_item *item = &twcc->items[i];
        if (item->is_received) {
            repeats->has_tail &= item->seq != repeats->tail_number;
        } else {
            repeat_number(sender, item->seq, now_us, &batch);
        }
    }
    flush(sender, &batch);
}

void
hp_sender_handle_report(
        struct hp_sender *sender, const struct hp_rtcp_report *report, int64_t round_trip_us)
{
    sender->stats.fraction_lost = report->fraction_lost / 256.0;
    sender->repeats.loss = MAX(sender->stats.fraction_lost, sender->repeats.loss * FADING);
    if (round_trip_us > 0) {
        sender->stats.round_trip_us = round_trip_us;
    }
}

static void
send_copy(struct hp_sender *sender, int64_t seq, int64_t now_us, struct hp_sender_batch *batch)
{
    struct hp_sent_packet sent;
    if (can_repeat(sender) && seq >= sender->repeats.keyframe_seq
            && hp_sent_log_find(sender->repeats.log, (uint16_t) seq, &sent)) {
        send_again(sender, &sent, true, now_us, batch);
    }
}

// A new frame does not start the timer anew: when it is over, it looks for the newest end. A copy
// that the budget refuses is not made up for.
static void
on_timer(void *arg)
{
    struct hp_sender *sender = arg;
    struct hp_sender_repeats *repeats = &sender->repeats;
    struct hp_sender_batch batch;
    batch.count = 0;
    int64_t now_us = hp_clock_now_us();
    while (copy_due_us(sender) <= now_us) {
        send_copy(sender, repeats->copies[repeats->first_copy].seq, now_us, &batch);
        repeats->first_copy = (repeats->first_copy + 1) % HP_SENDER_COPIES;
        repeats->copy_count--;
    }
    if (tail_due_us(sender) <= now_us) {
        send_copy(sender, repeats->tail_seq, now_us, &batch);
        repeats->tail_count++;
    }
    flush(sender, &batch);
    start_timer(sender, now_us);
}

void
hp_sender_init_repeats(struct hp_sender *sender, struct hp_worker *worker)
{
    hp_timer_init(&sender->repeats.timer, worker, on_timer, sender);
    sender->repeats.budget = REPEAT_BURST;
    sender->repeats.budget_us = hp_clock_now_us();
}

void
hp_sender_begin_repeats(struct hp_sender *sender)
{
    if (sender->repeats.log == NULL) {
        sender->repeats.log = g_new0(struct hp_sent_log, 1);
    }
}

void
hp_sender_end_repeats(struct hp_sender *sender)
{
    hp_timer_stop(&sender->repeats.timer);
    sender->repeats.has_tail = false;
    sender->repeats.copy_count = 0;
    g_clear_pointer(&sender->repeats.log, g_free);
}

static void
note_tail(struct hp_sender *sender, const struct hp_sent_run *run)
{
    struct hp_sender_repeats *repeats = &sender->repeats;
    repeats->has_tail = true;
    repeats->tail_seq = run->first_seq + run->count - 1;
    repeats->tail_number = (uint16_t) (run->transport_seq + run->count - 1);
    repeats->tail_us = run->sent_us;
    repeats->tail_count = 0;
    if (!hp_timer_is_running(&repeats->timer)) {
        start_timer(sender, run->sent_us);
    }
}

void
hp_sender_note_run(
        struct hp_sender *sender, const struct hp_sent_run *run, const struct hp_frame *frame)
{
    struct hp_sender_repeats *repeats = &sender->repeats;
    if (repeats->log == NULL) {
        return;
    }
    hp_sent_log_add(repeats->log, run);
    repeats->budget += run->size / REPEAT_SHARE;
    if (frame->is_keyframe && run->first_packet == frame->first_packet) {
        repeats->keyframe_seq = run->first_seq;
    }
    repeats->has_tail = false;
    if (run->first_packet + run->count == frame->first_packet + frame->packet_count) {
        note_tail(sender, run);
    }
}

// repeats.c - which packets of a track are sent once more.
// Owner: hp_sender.  Thread: the peer's worker.
// RFC 4588 (RTX), RFC 4585 (NACK), RFC 8985 section 7.2 (the same repeat of the end, for TCP).
//
// A browser asks at once for a missing packet when a later packet comes. After the loss of a NACK
// or of a repeat, the browser asks again only after 100 ms, since a browser that only receives
// assumes this round trip; people see such a wait. The loss of a picture's end shows only when the
// next picture comes. So the end is sent again when no packet follows, repeats are sent twice on a
// lossy way, and a loss in the transport-wide feedback counts as a NACK. A repeat of the end shows
// the loss of the packets before it, too: a browser that gives feedback gets a few, until one came.
#include "rtp/repeats.h"

#include <assert.h>

#include <glib.h>

#include "base/clock.h"
#include "base/feed.h"
#include "base/frame.h"
#include "base/ident.h"
#include "base/rtp_transport.h"
#include "rtp/batch.h"
#include "rtp/pacer.h"
#include "rtp/sent_log.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

enum {
    // between two answers to NACKs of a packet; longer if the round trip is
    MIN_REPEAT_US = 10 * 1000,
    MAX_REPEATS = 8, // of one packet
    REPEAT_SHARE = 2, // repeats may take one half of the bytes of the frames,
    REPEAT_RATE = 50 * 1000, // and this many bytes a second in addition,
    REPEAT_BURST = 125 * 1000, // but never more bytes than this at once
    COPY_RESERVE = 60 * 1000, // bytes of the budget that are kept for packets known to be lost
    COPY_US = 20 * 1000, // to the next copy on a lossy way: losses come in bursts
    LOSSY_TAIL_COPIES = 2,
    TAIL_US = 150 * 1000, // and a round trip to the first copy on a good way: feedback mostly comes
    TAIL_COPIES = 3, // each after twice the time, where feedback would tell that the end came
    LATE_US = 30 * 1000, // and a round trip: feedback that left then knows all that came
};

// A way that loses more than the first share is lossy: copies help. A way that loses more than the
// second share is too narrow: copies would make the loss worse.
static const double LOSSY = 1.0 / 64, NARROW = 0.25;
static const double FADING = 0.8; // factor of the remembered loss, applied at each report

static bool
is_lossy(const struct hp_repeats *repeats)
{
    return repeats->loss > LOSSY && repeats->loss < NARROW;
}

static bool
take_budget(struct hp_repeats *repeats, size_t size, int64_t reserve, int64_t now_us)
{
    int64_t elapsed_us = MIN(now_us - repeats->budget_us, 10 * 1000 * 1000);
    repeats->budget = MIN(repeats->budget + elapsed_us * REPEAT_RATE / 1000000, REPEAT_BURST);
    repeats->budget_us = now_us;
    if (repeats->budget < (int64_t) size + reserve) {
        return false;
    }
    repeats->budget -= (int64_t) size;
    return true;
}

// Without RTX the same packet is sent again byte for byte: AES-GCM must never encrypt two texts
// under one number.
static void
add_original(struct hp_batch *batch, const struct hp_sent_packet *sent,
        const struct hp_frame *frame, unsigned index)
{
    struct hp_batch_numbers numbers = {
        .seq = (uint16_t) sent->seq,
        .transport_seq = sent->transport_seq,
        .timestamp = sent->timestamp,
        .abs_send_time = sent->abs_send_time,
    };
    hp_batch_add(batch, &numbers, frame, index);
}

static void
add_rtx(struct hp_repeats *repeats, struct hp_batch *batch, const struct hp_sent_packet *sent,
        const struct hp_frame *frame, bool is_copy, int64_t now_us)
{
    bool has_numbers = repeats->track->ext_ids.transport_seq != 0;
    struct hp_batch_numbers numbers = {
        .seq = repeats->next_rtx_seq++,
        .transport_seq = hp_pacer_take_numbers(repeats->pacer, has_numbers ? 1 : 0),
        .timestamp = sent->timestamp,
        .abs_send_time = hp_batch_send_time(now_us),
    };
    if (sent->seq == repeats->tail.seq) {
        repeats->tail.last_number = numbers.transport_seq;
    }
    if (!is_copy) { // a lost copy is never repeated
        hp_sent_log_note_number(repeats->log, sent->seq, numbers.transport_seq);
    }
    unsigned index = (unsigned) (sent->packet - frame->first_packet);
    hp_batch_add_rtx(batch, &numbers, (uint16_t) sent->seq, frame, index);
}

static void
flush(struct hp_repeats *repeats, struct hp_batch *batch)
{
    if (batch->count > 0) {
        struct hp_rtp_transport *transport = repeats->transport;
        unsigned sent = transport->ops->send_rtp(transport, batch->packets, batch->count);
        repeats->stats.retransmitted += sent;
        hp_pacer_charge(repeats->pacer, sent);
    }
    batch->count = 0;
}

// The line back of that level; NULL: the level has been detached.
static struct hp_feed *
find_feed(const struct hp_repeats *repeats, struct hp_stream_id id)
{
    for (unsigned i = 0; i < repeats->feed_count; i++) {
        if (hp_stream_id_equal(repeats->feeds[i]->id, id)) {
            return repeats->feeds[i];
        }
    }
    return NULL;
}

// The frame of the history that holds the packet, NULL if the packet is too old.
static const struct hp_frame *
find_frame(const struct hp_repeats *repeats, const struct hp_sent_packet *sent)
{
    struct hp_feed *feed = find_feed(repeats, sent->id);
    if (feed == NULL) {
        return NULL;
    }
    const struct hp_frame *frame = feed->ops->find_packet(feed, sent->packet);
    bool is_in = frame != NULL && sent->packet >= frame->first_packet
            && sent->packet - frame->first_packet < frame->packet_count;
    return is_in ? frame : NULL;
}

// Sends the packet once more. False: the packet is too old, or the budget is used up.
static bool
send_again(struct hp_repeats *repeats, const struct hp_sent_packet *sent, bool is_copy,
        int64_t now_us, struct hp_batch *batch)
{
    const struct hp_frame *frame = find_frame(repeats, sent);
    if (frame == NULL) {
        return false;
    }
    unsigned index = (unsigned) (sent->packet - frame->first_packet);
    size_t size = frame->packets[index].size;
    if (!take_budget(repeats, size, is_copy ? COPY_RESERVE : 0, now_us)) {
        return false;
    }
    if (!is_copy) {
        hp_sent_log_note_repeat(repeats->log, sent->seq, now_us);
    }
    if (batch->count == HP_RTP_BATCH_MAX) {
        flush(repeats, batch);
    }
    if (repeats->track->rtx_payload_type < 0) {
        add_original(batch, sent, frame, index);
    } else {
        add_rtx(repeats, batch, sent, frame, is_copy, now_us);
    }
    return true;
}

// When the end of the last frame has to be sent again; INT64_MAX: never.
static int64_t
tail_due_us(const struct hp_repeats *repeats)
{
    const struct hp_repeats_tail *tail = &repeats->tail;
    unsigned early = is_lossy(repeats) ? LOSSY_TAIL_COPIES : 0;
    unsigned late = repeats->has_feedback ? TAIL_COPIES : early == 0 ? 1 : 0;
    if (!tail->is_open || tail->count >= early + late) {
        return INT64_MAX;
    }
    if (tail->count < early) {
        return tail->sent_us + COPY_US * (tail->count + 1);
    }
    return tail->sent_us + ((TAIL_US + repeats->stats.round_trip_us) << (tail->count - early));
}

static int64_t
copy_due_us(const struct hp_repeats *repeats)
{
    return repeats->copy_count > 0 ? repeats->copies[repeats->first_copy].due_us : INT64_MAX;
}

static void
start_timer(struct hp_repeats *repeats, int64_t now_us)
{
    int64_t due_us = MIN(tail_due_us(repeats), copy_due_us(repeats));
    if (due_us != INT64_MAX) {
        hp_timer_start(&repeats->timer, MAX(due_us - now_us, 0));
    }
}

static void
add_copy(struct hp_repeats *repeats, int64_t seq, int64_t now_us)
{
    if (!is_lossy(repeats) || repeats->copy_count == HP_REPEATS_COPIES) {
        return;
    }
    unsigned next = (repeats->first_copy + repeats->copy_count++) % HP_REPEATS_COPIES;
    repeats->copies[next] = (struct hp_repeats_copy){ .seq = seq, .due_us = now_us + COPY_US };
    if (repeats->copy_count == 1) {
        start_timer(repeats, now_us);
    }
}

// Repeats a packet, at most once in `interval_us`.
static void
repeat_packet(struct hp_repeats *repeats, const struct hp_sent_packet *sent, int64_t interval_us,
        int64_t now_us, struct hp_batch *batch)
{
    if (hp_sent_log_may_repeat(repeats->log, sent->seq, now_us, interval_us, MAX_REPEATS)
            && send_again(repeats, sent, false, now_us, batch)) {
        add_copy(repeats, sent->seq, now_us);
    }
}

static bool
can_repeat(const struct hp_repeats *repeats)
{
    return repeats->log != NULL && !repeats->pacer->is_blocked;
}

void
hp_repeats_handle_nack(struct hp_repeats *repeats, struct hp_rtcp_nack *nack)
{
    repeats->stats.nacks++;
    if (!can_repeat(repeats)) {
        return;
    }
    struct hp_batch batch;
    hp_batch_init(&batch, repeats->track);
    int64_t now_us = hp_clock_now_us();
    int64_t interval_us = MAX(repeats->stats.round_trip_us, MIN_REPEAT_US);
    uint16_t seq;
    while (hp_rtcp_nack_next(nack, &seq)) {
        struct hp_sent_packet sent;
        if (hp_sent_log_find(repeats->log, seq, &sent)) {
            repeat_packet(repeats, &sent, interval_us, now_us, &batch);
        }
    }
    flush(repeats, &batch);
}

// The interval is 0: feedback names the very transmission that was lost.
static void
repeat_number(
        struct hp_repeats *repeats, uint16_t number, int64_t now_us, struct hp_batch *batch)
{
    struct hp_sent_packet sent;
    if (hp_sent_log_find_number(repeats->log, number, now_us, &sent)
            && sent.seq >= repeats->keyframe_seq) {
        repeat_packet(repeats, &sent, 0, now_us, batch);
    }
}

static void
send_copy(struct hp_repeats *repeats, int64_t seq, int64_t now_us, struct hp_batch *batch)
{
    struct hp_sent_packet sent;
    if (can_repeat(repeats) && seq >= repeats->keyframe_seq
            && hp_sent_log_find(repeats->log, (uint16_t) seq, &sent)) {
        send_again(repeats, &sent, true, now_us, batch);
    }
}

static void
send_tail(struct hp_repeats *repeats, int64_t now_us, struct hp_batch *batch)
{
    send_copy(repeats, repeats->tail.seq, now_us, batch);
    repeats->tail.count++;
}

// Whether feedback whose newest packet is `newest` should know the end of the last frame, and does
// not.
static bool
is_tail_missing(const struct hp_repeats *repeats, uint16_t newest, int64_t now_us)
{
    const struct hp_repeats_tail *tail = &repeats->tail;
    int64_t round_trip_us = repeats->stats.round_trip_us;
    return tail->is_open && tail->count == 0 && round_trip_us > 0
            && (int16_t) (tail->number - newest) > 0
            && now_us - tail->sent_us >= round_trip_us + LATE_US;
}

void
hp_repeats_handle_feedback(struct hp_repeats *repeats, const struct hp_twcc *twcc)
{
    if (!can_repeat(repeats) || repeats->track->ext_ids.transport_seq == 0) {
        return;
    }
    struct hp_batch batch;
    hp_batch_init(&batch, repeats->track);
    int64_t now_us = hp_clock_now_us();
    struct hp_repeats_tail *tail = &repeats->tail;
    repeats->has_feedback = true;
    for (unsigned i = 0; i < twcc->item_count; i++) {
        const struct hp_twcc_item *item = &twcc->items[i];
        if (item->is_received) {
            tail->is_open &= item->seq != tail->number && item->seq != tail->last_number;
        } else {
            repeat_number(repeats, item->seq, now_us, &batch);
        }
    }
    if (twcc->item_count > 0
            && is_tail_missing(repeats, twcc->items[twcc->item_count - 1].seq, now_us)) {
        send_tail(repeats, now_us, &batch);
    }
    flush(repeats, &batch);
    if (!hp_timer_is_running(&repeats->timer)) {
        start_timer(repeats, now_us); // the browser that gives feedback gets more repeats
    }
}

void
hp_repeats_handle_report(
        struct hp_repeats *repeats, const struct hp_rtcp_report *report, int64_t round_trip_us)
{
    repeats->stats.fraction_lost = report->fraction_lost / 256.0;
    repeats->loss = MAX(repeats->stats.fraction_lost, repeats->loss * FADING);
    if (round_trip_us > 0) {
        repeats->stats.round_trip_us = round_trip_us;
    }
}

// A new frame does not restart the timer: when the timer ends, it looks for the newest end. A copy
// that the budget refuses is not sent later.
static void
on_timer(void *arg)
{
    struct hp_repeats *repeats = arg;
    struct hp_batch batch;
    hp_batch_init(&batch, repeats->track);
    int64_t now_us = hp_clock_now_us();
    while (copy_due_us(repeats) <= now_us) {
        send_copy(repeats, repeats->copies[repeats->first_copy].seq, now_us, &batch);
        repeats->first_copy = (repeats->first_copy + 1) % HP_REPEATS_COPIES;
        repeats->copy_count--;
    }
    if (tail_due_us(repeats) <= now_us) {
        send_tail(repeats, now_us, &batch);
    }
    flush(repeats, &batch);
    start_timer(repeats, now_us);
}

void
hp_repeats_init(struct hp_repeats *repeats, const struct hp_repeats_params *params)
{
    *repeats = (struct hp_repeats){
        .track = params->track,
        .transport = params->transport,
        .pacer = params->pacer,
        .budget = REPEAT_BURST,
        .budget_us = hp_clock_now_us(),
    };
    hp_timer_init(&repeats->timer, params->worker, on_timer, repeats);
    hp_ident_random(&repeats->next_rtx_seq, sizeof(repeats->next_rtx_seq));
    // RFC 3711 section 3.3.1: a start near the wrap plus a loss would cost the roll-over count.
    repeats->next_rtx_seq &= 0x7fff;
}

void
hp_repeats_finish(struct hp_repeats *repeats)
{
    hp_repeats_end(repeats);
}

void
hp_repeats_add_feed(struct hp_repeats *repeats, struct hp_feed *feed)
{
    assert(repeats->feed_count < HP_REPEATS_FEEDS);
    repeats->feeds[repeats->feed_count++] = feed;
}

void
hp_repeats_remove_feed(struct hp_repeats *repeats, const struct hp_feed *feed)
{
    for (unsigned i = 0; i < repeats->feed_count; i++) {
        if (repeats->feeds[i] == feed) {
            repeats->feeds[i] = repeats->feeds[--repeats->feed_count];
            return;
        }
    }
}

void
hp_repeats_begin(struct hp_repeats *repeats)
{
    if (repeats->log == NULL) {
        repeats->log = g_new0(struct hp_sent_log, 1);
    }
}

void
hp_repeats_end(struct hp_repeats *repeats)
{
    hp_timer_stop(&repeats->timer);
    repeats->tail.is_open = false;
    repeats->copy_count = 0;
    if (repeats->log != NULL) {
        hp_sent_log_finish(repeats->log);
        g_clear_pointer(&repeats->log, g_free);
    }
}

static void
note_tail(struct hp_repeats *repeats, const struct hp_sent_run *run)
{
    repeats->tail.is_open = true;
    repeats->tail.seq = run->first_seq + run->count - 1;
    repeats->tail.number = (uint16_t) (run->transport_seq + run->count - 1);
    repeats->tail.last_number = repeats->tail.number;
    repeats->tail.sent_us = run->sent_us;
    repeats->tail.count = 0;
    if (!hp_timer_is_running(&repeats->timer)) {
        start_timer(repeats, run->sent_us);
    }
}

// The browser shows the pictures of the old level until the first keyframe of the new level: only
// that keyframe makes their packets worthless.
static void
note_keyframe(
        struct hp_repeats *repeats, const struct hp_sent_run *run, const struct hp_frame *frame)
{
    bool is_same_level = hp_stream_id_equal(run->id, repeats->id);
    repeats->id = run->id;
    if (is_same_level && frame->is_keyframe && run->first_packet == frame->first_packet) {
        repeats->keyframe_seq = run->first_seq;
    }
}

void
hp_repeats_note(
        struct hp_repeats *repeats, const struct hp_sent_run *run, const struct hp_frame *frame)
{
    if (repeats->log == NULL) {
        return;
    }
    hp_sent_log_add(repeats->log, run);
    repeats->budget += run->size / REPEAT_SHARE;
    note_keyframe(repeats, run, frame);
    repeats->tail.is_open = false;
    if (run->first_packet + run->count == frame->first_packet + frame->packet_count) {
        note_tail(repeats, run);
    }
}

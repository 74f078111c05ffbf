// pacer.c - spreads the packets of a large frame over a few milliseconds.
// Owner: hp_tracks.  Thread: the peer's worker.
#include "rtp/pacer.h"


#include "base/clock.h"
#include "base/frame.h"

enum {
    TICK_US = 2000,
    PACKETS_PER_TICK = 24,    // 12,000 packets/s: 110 Mbit/s while something waits
    BURST = 64,               // packets that may always go at once: 70 KB
    MAX_WAITING_FRAMES = 64,  // about a second
    MAX_WAITING_PACKETS = 4096,
    // What waits for the path: a newcomer is better served by a new keyframe than by so many
    // pictures of the past, or such old ones.
    MAX_HELD_FRAMES = 8,
    MAX_HELD_US = 1000 * 1000,
};

struct item {
    const struct hp_pacer_stream *stream;
    struct hp_frame *frame; // a reference
    unsigned next;          // packet of the frame
};

static void
destroy_item(struct hp_pacer *pacer, struct item *item)
{
    pacer->waiting_packets -= item->frame->packet_count - item->next;
    hp_frame_unref(item->frame);
    g_free(item);
}

static void
refill(struct hp_pacer *pacer)
{
    int64_t now_us = hp_clock_now_us();
    int64_t ticks = (now_us - pacer->refilled_us) / TICK_US;
    if (ticks > 0) {
        pacer->refilled_us += ticks * TICK_US;
        pacer->tokens = MIN(pacer->tokens + MIN(ticks, BURST) * PACKETS_PER_TICK, BURST);
    }
}

// Drops all waiting frames, and tells each stream once how many of its frames were dropped.
static void
drop_all(struct hp_pacer *pacer)
{
    struct item *item;
    while ((item = g_queue_pop_head(&pacer->waiting)) != NULL) {
        const struct hp_pacer_stream *stream = item->stream;
        destroy_item(pacer, item);
        stream->on_dropped(stream->arg, 1);
    }
    hp_timer_stop(&pacer->timer);
}

void
hp_pacer_block(struct hp_pacer *pacer)
{
    pacer->is_blocked = true;
    drop_all(pacer);
}

// Sends as many packets of one frame as the tokens allow. False: the path is blocked.
static bool
send_part(struct hp_pacer *pacer, const struct hp_pacer_stream *stream,
        const struct hp_frame *frame, unsigned *next)
{
    unsigned rest = frame->packet_count - *next;
    unsigned part = (unsigned) MIN((int64_t) rest, pacer->tokens);
    unsigned sent = stream->transmit(stream->arg, frame, *next, part);
    *next += sent;
    pacer->tokens -= sent;
    return sent == part;
}

static void
pump(struct hp_pacer *pacer)
{
    refill(pacer);
    struct item *item;
    while ((item = g_queue_peek_head(&pacer->waiting)) != NULL && pacer->tokens > 0) {
        unsigned before = item->next;
        bool is_open = send_part(pacer, item->stream, item->frame, &item->next);
        pacer->waiting_packets -= item->next - before;
        if (!is_open) {
            hp_pacer_block(pacer);
            return;
        }
        if (item->next == item->frame->packet_count) {
            g_queue_pop_head(&pacer->waiting);
            destroy_item(pacer, item);
        }
    }
    if (!g_queue_is_empty(&pacer->waiting)) {
        hp_timer_start(&pacer->timer, TICK_US);
    }
}

static void
on_tick(void *arg)
{
    pump(arg);
}

void
hp_pacer_init(struct hp_pacer *pacer, struct hp_worker *worker)
{
    *pacer = (struct hp_pacer) {
        .tokens = BURST, .refilled_us = hp_clock_now_us(), .next_number = 1,
    };
    hp_timer_init(&pacer->timer, worker, on_tick, pacer);
    g_queue_init(&pacer->waiting);
}

void
hp_pacer_finish(struct hp_pacer *pacer)
{
    struct item *item;
    while ((item = g_queue_pop_head(&pacer->waiting)) != NULL) {
        destroy_item(pacer, item);
    }
    hp_timer_stop(&pacer->timer);
}

void
hp_pacer_charge(struct hp_pacer *pacer, unsigned packet_count)
{
    pacer->tokens -= packet_count; // may fall below zero: then the next picture waits
}

uint16_t
hp_pacer_take_numbers(struct hp_pacer *pacer, unsigned count)
{
    uint16_t first = pacer->next_number;
    pacer->next_number = (uint16_t) (first + count);
    return first;
}

static void
push_audio(struct hp_pacer *pacer, const struct hp_pacer_stream *stream,
        const struct hp_frame *frame)
{
    unsigned sent = stream->transmit(stream->arg, frame, 0, frame->packet_count);
    hp_pacer_charge(pacer, sent);
    if (sent < frame->packet_count) {
        stream->on_dropped(stream->arg, 1);
        hp_pacer_block(pacer);
    }
}

// Lets a frame wait; the caller sends.
static void
append(struct hp_pacer *pacer, const struct hp_pacer_stream *stream, const struct hp_frame *frame)
{
    struct item *item = g_new(struct item, 1);
    *item = (struct item) { .stream = stream, .frame = hp_frame_ref(frame) };
    g_queue_push_tail(&pacer->waiting, item);
    pacer->waiting_packets += frame->packet_count;
}

static bool
is_held_too_long(const struct hp_pacer *pacer)
{
    return pacer->waiting.length > MAX_HELD_FRAMES
            || hp_clock_now_us() - pacer->held_us > MAX_HELD_US;
}

static void
hold(struct hp_pacer *pacer, const struct hp_pacer_stream *stream, const struct hp_frame *frame)
{
    if (frame->is_keyframe) {
        hp_pacer_remove(pacer, stream);
        pacer->held_us = hp_clock_now_us();
    }
    append(pacer, stream, frame);
    if (is_held_too_long(pacer)) {
        drop_all(pacer);
    }
}

void
hp_pacer_open(struct hp_pacer *pacer)
{
    if (pacer->is_open) {
        return;
    }
    pacer->is_open = true;
    if (is_held_too_long(pacer)) {
        drop_all(pacer);
    }
    pump(pacer);
}

static void
enqueue(struct hp_pacer *pacer, const struct hp_pacer_stream *stream, const struct hp_frame *frame)
{
    if (g_queue_get_length(&pacer->waiting) >= MAX_WAITING_FRAMES
            || pacer->waiting_packets + frame->packet_count > MAX_WAITING_PACKETS) {
        drop_all(pacer);
        stream->on_dropped(stream->arg, 1);
        return;
    }
    append(pacer, stream, frame);
    if (!hp_timer_is_running(&pacer->timer)) {
        pump(pacer);
    }
}

void
hp_pacer_push(struct hp_pacer *pacer, const struct hp_pacer_stream *stream,
        const struct hp_frame *frame)
{
    if (pacer->is_blocked) {
        stream->on_dropped(stream->arg, 1);
        return;
    }
    if (hp_codec_kind(frame->codec) == HP_TRACK_AUDIO) {
        push_audio(pacer, stream, frame);
        return;
    }
    if (!pacer->is_open) {
        hold(pacer, stream, frame);
        return;
    }
    refill(pacer);
    if (!g_queue_is_empty(&pacer->waiting) || pacer->tokens < frame->packet_count) {
        enqueue(pacer, stream, frame);
        return;
    }
    unsigned next = 0;
    if (!send_part(pacer, stream, frame, &next)) {
        stream->on_dropped(stream->arg, 1);
        hp_pacer_block(pacer);
    }
}

void
hp_pacer_remove(struct hp_pacer *pacer, const struct hp_pacer_stream *stream)
{
    GList *link = pacer->waiting.head;
    while (link != NULL) {
        GList *next = link->next;
        struct item *item = link->data;
        if (item->stream == stream) {
            g_queue_delete_link(&pacer->waiting, link);
            destroy_item(pacer, item);
        }
        link = next;
    }
}

void
hp_pacer_unblock(struct hp_pacer *pacer)
{
    pacer->is_blocked = false;
}

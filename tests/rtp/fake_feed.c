// fake_feed.c - test: one level of a stream with a history, whose frames come when the test pushes.
// Owner: a test.  Thread: main.
#include "rtp/fake_feed.h"

#include <string.h>

#include "base/clock.h"
#include "base/sink.h"

static void
request_keyframe(struct hp_feed *feed)
{
    ((struct fake_feed *) feed)->keyframe_requests++;
}

static const struct hp_frame *
find_packet(struct hp_feed *feed, uint64_t number)
{
    const struct fake_feed *fake = (const struct fake_feed *) feed;
    for (unsigned i = 0; i < HISTORY; i++) {
        const struct hp_frame *frame = fake->history[i];
        if (frame != NULL && number - frame->first_packet < frame->packet_count) {
            return frame;
        }
    }
    return NULL;
}

static const struct hp_feed_ops ops = {
    .request_keyframe = request_keyframe,
    .find_packet = find_packet,
};

void
fake_feed_init(struct fake_feed *feed, struct hp_stream_id id, enum hp_codec codec)
{
    *feed = (struct fake_feed){ .feed = { .ops = &ops, .id = id }, .codec = codec };
}

void
fake_feed_finish(struct fake_feed *feed)
{
    for (unsigned i = 0; i < HISTORY; i++) {
        hp_frame_unref(feed->history[i]);
    }
}

uint8_t
fake_feed_byte(struct hp_stream_id id, uint64_t packet)
{
    return (uint8_t) (id.level * 101 + packet);
}

const struct hp_frame *
fake_feed_push_late(struct fake_feed *feed, struct hp_sink *sink, bool is_keyframe, int64_t age_us)
{
    struct hp_frame *frame = hp_frame_create(feed->codec, PACKETS, PACKETS * SIZE);
    frame->id = feed->feed.id;
    frame->is_keyframe = is_keyframe;
    frame->first_packet = feed->next_packet;
    frame->capture_us = hp_clock_now_us() - age_us;
    frame->rtp_time =
            (uint32_t) (frame->capture_us * hp_codec_clock_rate(feed->codec) / 1000 / 1000);
    for (unsigned i = 0; i < PACKETS; i++) {
        memset(hp_frame_add_packet(frame, SIZE), fake_feed_byte(frame->id, feed->next_packet + i),
                SIZE);
    }
    frame->packets[PACKETS - 1].is_last = true;
    feed->next_packet += PACKETS;
    struct hp_frame **slot = &feed->history[feed->frame_count++ % HISTORY];
    hp_frame_unref(*slot);
    *slot = frame;
    sink->ops->push(sink, frame);
    return frame;
}

const struct hp_frame *
fake_feed_push(struct fake_feed *feed, struct hp_sink *sink, bool is_keyframe)
{
    return fake_feed_push_late(feed, sink, is_keyframe, 0);
}

// studio.c - test: streams of synthetic frames on a worker.
// Owner: a test.  Thread: the worker's.
#include "loop/studio.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/sink.h"

enum {
    FRAME_INTERVAL_US = 10 * 1000,
    PAYLOAD_SIZE = 900,
    LAST_SIZE = 400,
    VIDEO_STREAM = 1,
    AUDIO_STREAM = 2,
    // Of the second level: numbers of packets far from those of the first.
    MORE_PACKETS = 3,
    MORE_LATENCY_US = 25 * 1000,
    FIRST_PACKET = 1000 * 1000
};

static void
request_keyframe(struct hp_feed *feed)
{
    struct studio_stream *stream = (struct studio_stream *) feed;
    stream->wants_keyframe = true;
    stream->keyframe_requests++;
}

static const struct hp_frame *
find_packet(struct hp_feed *feed, uint64_t number)
{
    struct studio_stream *stream = (struct studio_stream *) feed;
    for (unsigned i = 0; i < STUDIO_HISTORY; i++) {
        const struct hp_frame *frame = stream->history[i];
        if (frame != NULL && number >= frame->first_packet
                && number - frame->first_packet < frame->packet_count) {
            return frame;
        }
    }
    return NULL;
}

static const struct hp_feed_ops feed_ops = {
    .request_keyframe = request_keyframe,
    .find_packet = find_packet,
};

static uint8_t
byte_of(unsigned level, uint64_t number)
{
    return (uint8_t) (number + level * 101);
}

static void
fill(uint8_t *payload, size_t size, const struct studio_packet *packet)
{
    memset(payload, byte_of(packet->level, packet->number), size);
    payload[0] = (uint8_t) (packet->level << 1 | (packet->is_keyframe ? 1 : 0));
    memcpy(payload + 1, &packet->number, sizeof(packet->number));
}

bool
studio_parse(const uint8_t *data, size_t size, struct studio_packet *packet)
{
    if (size != PAYLOAD_SIZE && size != LAST_SIZE) {
        return false;
    }
    memcpy(&packet->number, data + 1, sizeof(packet->number));
    packet->is_keyframe = (data[0] & 1) != 0;
    packet->level = data[0] >> 1;
    for (size_t i = 1 + sizeof(packet->number); i < size; i++) {
        if (data[i] != byte_of(packet->level, packet->number)) {
            return false;
        }
    }
    return true;
}

static void
push_to_sinks(struct studio_stream *stream, struct hp_frame *frame) // taken
{
    struct hp_frame **slot = &stream->history[stream->frame_count++ % STUDIO_HISTORY];
    hp_frame_unref(*slot);
    *slot = frame;
    for (unsigned i = 0; i < stream->sink_count; i++) {
        stream->sinks[i]->ops->push(stream->sinks[i], frame);
    }
}

void
studio_push(struct studio_stream *stream)
{
    bool is_video = hp_codec_kind(stream->codec) == HP_TRACK_VIDEO;
    unsigned count = stream->packets_per_frame;
    struct hp_frame *frame = hp_frame_create(stream->codec, count, count * PAYLOAD_SIZE);
    frame->id = stream->feed.id;
    frame->is_keyframe = is_video && stream->wants_keyframe;
    stream->wants_keyframe = false;
    frame->first_packet = stream->next_packet;
    frame->capture_us = hp_clock_now_us() - stream->latency_us;
    frame->rtp_time = (uint32_t) (frame->capture_us * hp_codec_clock_rate(stream->codec) / 1000000);
    for (unsigned i = 0; i < count; i++) {
        size_t size = i + 1 == count ? LAST_SIZE : PAYLOAD_SIZE;
        struct studio_packet packet = {
            .level = frame->id.level,
            .number = stream->next_packet++,
            .is_keyframe = frame->is_keyframe,
        };
        uint8_t *payload = hp_frame_add_packet(frame, size);
        assert(payload != NULL);
        fill(payload, size, &packet);
    }
    frame->packets[count - 1].is_last = is_video;
    push_to_sinks(stream, frame);
}

static void
on_timer(void *arg)
{
    struct studio *studio = arg;
    hp_timer_start(&studio->timer, FRAME_INTERVAL_US);
    studio_push(&studio->audio);
    for (unsigned i = 0; i < STUDIO_LEVELS; i++) {
        studio_push(&studio->video[i]);
    }
}

void
studio_init(struct studio *studio, struct hp_worker *worker, unsigned packets_per_frame)
{
    *studio = (struct studio) { .worker = worker };
    for (unsigned i = 0; i < STUDIO_LEVELS; i++) {
        studio->video[i] = (struct studio_stream) {
            .feed = { .ops = &feed_ops, .id = { VIDEO_STREAM, (uint16_t) i } },
            .codec = HP_CODEC_VP8,
            .packets_per_frame = packets_per_frame + i * MORE_PACKETS,
            .latency_us = i * MORE_LATENCY_US,
            .next_packet = i * FIRST_PACKET,
        };
    }
    studio->audio = (struct studio_stream) {
        .feed = { .ops = &feed_ops, .id = { AUDIO_STREAM, 0 } },
        .codec = HP_CODEC_OPUS,
        .packets_per_frame = 1,
    };
    hp_timer_init(&studio->timer, worker, on_timer, studio);
    hp_timer_start(&studio->timer, FRAME_INTERVAL_US);
}

static void
clear(struct studio_stream *stream)
{
    for (unsigned i = 0; i < STUDIO_HISTORY; i++) {
        hp_frame_unref(stream->history[i]);
    }
}

void
studio_finish(struct studio *studio)
{
    hp_timer_stop(&studio->timer);
    for (unsigned i = 0; i < STUDIO_LEVELS; i++) {
        clear(&studio->video[i]);
    }
    clear(&studio->audio);
}

static struct studio_stream *
find_stream(struct studio *studio, enum hp_codec codec, unsigned level)
{
    bool is_video = hp_codec_kind(codec) == HP_TRACK_VIDEO;
    if (level >= (is_video ? STUDIO_LEVELS : 1)) {
        return NULL;
    }
    return is_video ? &studio->video[level] : &studio->audio;
}

struct hp_feed *
studio_attach(
        struct studio *studio, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct studio_stream *stream = find_stream(studio, codec, level);
    if (stream == NULL) {
        return NULL;
    }
    assert(hp_worker_is_current(studio->worker) && stream->sink_count < STUDIO_SINKS);
    stream->sinks[stream->sink_count++] = sink;
    return &stream->feed;
}

void
studio_detach(
        struct studio *studio, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct studio_stream *stream = find_stream(studio, codec, level);
    assert(hp_worker_is_current(studio->worker));
    for (unsigned i = 0; i < stream->sink_count; i++) {
        if (stream->sinks[i] == sink) {
            stream->sinks[i] = stream->sinks[--stream->sink_count];
            return;
        }
    }
    assert(!"a sink that was never attached");
}

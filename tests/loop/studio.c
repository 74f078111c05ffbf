// studio.c - test: streams of synthetic frames on a worker.
// Owner: a test.  Thread: the worker's.
#include "loop/studio.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/sink.h"

enum { FRAME_INTERVAL_US = 10 * 1000, PAYLOAD_SIZE = 900, LAST_SIZE = 400 };

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

static void
fill(uint8_t *payload, size_t size, uint64_t number, bool is_keyframe)
{
    memset(payload, (int) (number & 0xff), size);
    payload[0] = is_keyframe;
    memcpy(payload + 1, &number, sizeof(number));
}

bool
studio_parse(const uint8_t *data, size_t size, uint64_t *number, bool *is_keyframe)
{
    if (size != PAYLOAD_SIZE && size != LAST_SIZE) {
        return false;
    }
    memcpy(number, data + 1, sizeof(*number));
    *is_keyframe = data[0] != 0;
    for (size_t i = 1 + sizeof(*number); i < size; i++) {
        if (data[i] != (*number & 0xff)) {
            return false;
        }
    }
    return true;
}

void
studio_push(struct studio *studio, struct studio_stream *stream)
{
    bool is_video = stream == &studio->video;
    unsigned count = is_video ? studio->packets_per_frame : 1;
    struct hp_frame *frame = hp_frame_create(stream->codec, count, count * PAYLOAD_SIZE);
    frame->is_keyframe = is_video && stream->wants_keyframe;
    stream->wants_keyframe = false;
    frame->first_packet = stream->next_packet;
    frame->capture_us = hp_clock_now_us();
    frame->rtp_time = (uint32_t) (frame->capture_us * hp_codec_clock_rate(stream->codec) / 1000000);
    for (unsigned i = 0; i < count; i++) {
        size_t size = i + 1 == count ? LAST_SIZE : PAYLOAD_SIZE;
        uint8_t *payload = hp_frame_add_packet(frame, size);
        assert(payload != NULL);
        fill(payload, size, stream->next_packet + i, frame->is_keyframe);
    }
    frame->packets[count - 1].is_last = is_video;
    stream->next_packet += count;
    struct hp_frame **slot = &stream->history[stream->frame_count++ % STUDIO_HISTORY];
    hp_frame_unref(*slot);
    *slot = frame;
    for (unsigned i = 0; i < stream->sink_count; i++) {
        stream->sinks[i]->ops->push(stream->sinks[i], frame);
    }
}

static void
on_timer(void *arg)
{
    struct studio *studio = arg;
    hp_timer_start(&studio->timer, FRAME_INTERVAL_US);
    studio_push(studio, &studio->audio);
    studio_push(studio, &studio->video);
}

void
studio_init(struct studio *studio, struct hp_worker *worker, unsigned packets_per_frame)
{
    *studio = (struct studio) { .worker = worker, .packets_per_frame = packets_per_frame };
    studio->video.codec = HP_CODEC_VP8;
    studio->audio.codec = HP_CODEC_OPUS;
    studio->video.feed.ops = &feed_ops;
    studio->audio.feed.ops = &feed_ops;
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
    clear(&studio->video);
    clear(&studio->audio);
}

static struct studio_stream *
get_stream(struct studio *studio, enum hp_codec codec)
{
    return hp_codec_kind(codec) == HP_TRACK_VIDEO ? &studio->video : &studio->audio;
}

struct hp_feed *
studio_attach(struct studio *studio, enum hp_codec codec, struct hp_sink *sink)
{
    struct studio_stream *stream = get_stream(studio, codec);
    assert(hp_worker_is_current(studio->worker) && stream->sink_count < STUDIO_SINKS);
    stream->sinks[stream->sink_count++] = sink;
    return &stream->feed;
}

void
studio_detach(struct studio *studio, enum hp_codec codec, struct hp_sink *sink)
{
    struct studio_stream *stream = get_stream(studio, codec);
    assert(hp_worker_is_current(studio->worker));
    for (unsigned i = 0; i < stream->sink_count; i++) {
        if (stream->sinks[i] == sink) {
            stream->sinks[i] = stream->sinks[--stream->sink_count];
            return;
        }
    }
    assert(!"a sink that was never attached");
}

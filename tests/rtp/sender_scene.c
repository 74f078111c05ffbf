// sender_scene.c - test: a sender with a feed and a path of the test's, and real SRTP.
// Owner: a test.  Thread: main.
#include "rtp/sender_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/sink.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

static struct scene *the_scene;

static void
request_keyframe(struct hp_feed *feed)
{
    (void) feed;
    the_scene->keyframe_requests++;
}

static const struct hp_frame *
find_packet(struct hp_feed *feed, uint64_t number)
{
    (void) feed;
    for (unsigned i = 0; i < HISTORY; i++) {
        const struct hp_frame *frame = the_scene->history[i];
        if (frame != NULL && number - frame->first_packet < frame->packet_count) {
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
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct scene *scene = arg;
    ssize_t header = hp_rtp_parse(data, size, &scene->section.ext_ids, &scene->last);
    assert_true(header > 0);
    if (scene->last.ssrc == RTX_SSRC) {
        scene->rtx_count++;
        assert_true(hp_rtp_parse_osn(data + header, size - (size_t) header, &scene->last_osn) > 0);
        scene->osns[(scene->rtx_count - 1) % OSNS] = scene->last_osn;
        return;
    }
    assert_int_equal(scene->last.ssrc, SSRC);
    scene->media_count++;
    scene->gaps += scene->has_seq && scene->last.seq != scene->next_seq;
    scene->has_seq = true;
    scene->next_seq = (uint16_t) (scene->last.seq + 1);
}

int
scene_begin(void **state)
{
    static struct scene scene;
    scene = (struct scene){ .feed = { .ops = &feed_ops } };
    the_scene = &scene;
    two_ends_init(&scene.ends);
    until_init(&scene.until, scene.ends.worker, &scene);
    scene.ends.b.on_rtp = on_rtp;
    scene.ends.b.on_rtp_arg = &scene;
    hp_pacer_init(&scene.pacer, scene.ends.worker);
    struct hp_sender_params params = {
        .worker = scene.ends.worker,
        .kind = HP_TRACK_VIDEO,
        .ssrc = SSRC,
        .rtx_ssrc = RTX_SSRC,
        .transport = scene.ends.a.transport,
        .pacer = &scene.pacer,
        .cname = "cname",
    };
    scene.sender = hp_sender_create(&params);
    scene.section = (struct hp_section){
        .has_codec = true,
        .codec = HP_CODEC_VP8,
        .mid = "1",
        .payload_type = 96,
        .rtx_payload_type = 97,
        .feedback = HP_SDP_FB_NACK,
        .ext_ids = { .transport_seq = 3, .mid = 4 },
    };
    hp_sender_configure(scene.sender, &scene.section);
    hp_sender_set_feed(scene.sender, &scene.feed);
    *state = &scene;
    return 0;
}

int
scene_end(void **state)
{
    struct scene *scene = *state;
    until_finish(&scene->until);
    hp_sender_destroy(scene->sender);
    hp_pacer_finish(&scene->pacer);
    for (unsigned i = 0; i < HISTORY; i++) {
        hp_frame_unref(scene->history[i]);
    }
    two_ends_finish(&scene->ends);
    return 0;
}

const struct hp_frame *
scene_push(struct scene *scene, bool is_keyframe)
{
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, PACKETS, PACKETS * SIZE);
    frame->is_keyframe = is_keyframe;
    frame->first_packet = scene->next_packet;
    frame->capture_us = hp_clock_now_us();
    frame->rtp_time = (uint32_t) (frame->capture_us * 90 / 1000);
    for (unsigned i = 0; i < PACKETS; i++) {
        memset(hp_frame_add_packet(frame, SIZE), (int) i, SIZE);
    }
    frame->packets[PACKETS - 1].is_last = true;
    scene->next_packet += PACKETS;
    struct hp_frame **slot = &scene->history[scene->frame_count++ % HISTORY];
    hp_frame_unref(*slot);
    *slot = frame;
    struct hp_sink *sink = hp_sender_sink(scene->sender);
    sink->ops->push(sink, frame);
    two_ends_deliver(&scene->ends);
    return frame;
}

void
scene_nack(struct scene *scene, const uint16_t *seqs, unsigned count)
{
    uint8_t data[100];
    struct hp_rtcp_nack head = { .sender_ssrc = 1, .media_ssrc = SSRC };
    ssize_t size = hp_rtcp_write_nack(data, sizeof(data), &head, seqs, count);
    struct hp_rtcp_packet packet;
    struct hp_rtcp_nack parsed;
    assert_int_equal(hp_rtcp_next(data, (size_t) size, &packet), size);
    assert_true(hp_rtcp_parse_nack(&packet, &parsed) > 0);
    hp_sender_handle_nack(scene->sender, &parsed);
    two_ends_deliver(&scene->ends);
}

void
scene_tell(struct scene *scene, uint16_t first, unsigned count, int lost)
{
    static struct hp_twcc twcc;
    twcc.item_count = count;
    for (unsigned i = 0; i < count; i++) {
        uint16_t number = (uint16_t) (first + i);
        twcc.items[i] = (struct hp_twcc_item){ .seq = number, .is_received = number != lost };
    }
    hp_sender_handle_feedback(scene->sender, &twcc);
    two_ends_deliver(&scene->ends);
}

void
scene_report(struct scene *scene, double lost, int64_t round_trip_us)
{
    struct hp_rtcp_report report = { .fraction_lost = (uint8_t) (lost * 256) };
    hp_sender_handle_report(scene->sender, &report, round_trip_us);
}

void
scene_report_loss(struct scene *scene, double share)
{
    scene_report(scene, share, 1000);
}

void
scene_pass(struct scene *scene, int64_t time_us)
{
    until_pass(&scene->until, time_us);
    two_ends_deliver(&scene->ends);
}

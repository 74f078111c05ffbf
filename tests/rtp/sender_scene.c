// sender_scene.c - test: a sender between two levels of a stream and a transport of the test's.
// Owner: a test.  Thread: main.
#include "rtp/sender_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/sink.h"
#include "fixture/fake_time.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

static void
note_order(struct scene *scene, const struct hp_rtp *rtp)
{
    scene->gaps += rtp->seq != scene->next_seq;
    int32_t step = (int32_t) (rtp->timestamp - scene->last_media.timestamp);
    scene->bad_times += scene->last_media.is_last ? step <= 0 : step < 0;
}

static void
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct scene *scene = arg;
    struct hp_rtp rtp;
    ssize_t header = hp_rtp_parse(data, size, &scene->agreed.ext_ids, &rtp);
    assert_true(header > 0);
    scene->last_byte = data[size - 1];
    if (rtp.ssrc == RTX_SSRC) {
        scene->last = rtp;
        scene->rtx_count++;
        assert_true(hp_rtp_parse_osn(data + header, size - (size_t) header, &scene->last_osn) > 0);
        scene->osns[(scene->rtx_count - 1) % OSNS] = scene->last_osn;
        return;
    }
    assert_int_equal(rtp.ssrc, SSRC);
    if (scene->transport.is_same) {
        return; // a repeat without RTX
    }
    scene->media_count++;
    if (scene->has_seq) {
        note_order(scene, &rtp);
    }
    scene->has_seq = true;
    scene->next_seq = (uint16_t) (rtp.seq + 1);
    scene->last = scene->last_media = rtp;
}

static void
on_switched(void *arg)
{
    struct scene *scene = arg;
    scene->switch_count++;
}

static const struct hp_sender_cbs sender_cbs = { .on_switched = on_switched };

int
scene_begin(void **state)
{
    static struct scene scene;
    scene = (struct scene){ .worker = hp_worker_create_main() };
    fake_time_begin(scene.worker);
    fake_transport_init(&scene.transport);
    scene.transport.on_rtp = on_rtp;
    scene.transport.arg = &scene;
    fake_feed_init(&scene.low, (struct hp_stream_id){ 5, 0 }, HP_CODEC_VP8);
    fake_feed_init(&scene.high, (struct hp_stream_id){ 5, 1 }, HP_CODEC_VP8);
    scene.high.next_packet = 70000; // has been running for a while
    hp_pacer_init(&scene.pacer, scene.worker);
    hp_pacer_open(&scene.pacer);
    struct hp_sender_params params = {
        .worker = scene.worker,
        .kind = HP_TRACK_VIDEO,
        .ssrc = SSRC,
        .rtx_ssrc = RTX_SSRC,
        .transport = &scene.transport.rtp,
        .pacer = &scene.pacer,
        .cname = "cname",
    };
    scene.sender = hp_sender_create(&params, &sender_cbs, &scene);
    scene.agreed = (struct hp_agreed){
        .is_wanted = true,
        .codec = HP_CODEC_VP8,
        .mid = "1",
        .payload_type = 96,
        .rtx_payload_type = 97,
        .has_nack = true,
        .ext_ids = { .transport_seq = 3, .mid = 4 },
    };
    hp_sender_configure(scene.sender, &scene.agreed);
    hp_sender_attach(scene.sender, &scene.low.feed);
    *state = &scene;
    return 0;
}

int
scene_end(void **state)
{
    struct scene *scene = *state;
    hp_sender_destroy(scene->sender);
    hp_pacer_finish(&scene->pacer);
    fake_feed_finish(&scene->low);
    fake_feed_finish(&scene->high);
    fake_transport_finish(&scene->transport);
    fake_time_end();
    hp_worker_destroy(scene->worker);
    return 0;
}

const struct hp_frame *
scene_push(struct scene *scene, bool is_keyframe)
{
    return fake_feed_push(&scene->low, hp_sender_sink(scene->sender), is_keyframe);
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

struct hp_sender_stats
scene_stats(const struct scene *scene)
{
    struct hp_sender_stats stats;
    hp_sender_get_stats(scene->sender, &stats);
    return stats;
}

void
scene_configure(struct scene *scene)
{
    hp_sender_configure(scene->sender, &scene->agreed);
}

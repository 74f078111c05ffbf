// Tests of rtc/sender.c, with a feed and a path of the test's, and real SRTP.
#include "rtc/sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/feed.h"
#include "rtc/negotiate.h"
#include "rtc/pacer.h"
#include "rtc/two_ends.h"
#include "rtc/until.h"
#include "wire/rtcp.h"
#include "wire/rtp.h"
#include "wire/twcc.h"

enum { SSRC = 7, RTX_SSRC = 8, PACKETS = 3, SIZE = 500, HISTORY = 64, FLOOD = 10000, OSNS = 16 };

struct scene {
    struct two_ends ends;
    struct hp_feed feed; // its address finds the scene
    struct hp_pacer pacer;
    struct hp_sender *sender;
    struct hp_section section;
    struct hp_frame *history[HISTORY];
    unsigned frame_count, keyframe_requests;
    uint64_t next_packet;
    // What the browser got.
    struct hp_rtp last;
    uint16_t last_osn;
    unsigned media_count, rtx_count, gaps;
    uint16_t osns[OSNS]; // of the first ones
    struct until until;
    bool has_seq;
    uint16_t next_seq;
};

static struct scene *the_scene;

static void
request_keyframe(struct hp_feed *feed)
{
    (void) feed;
    the_scene->keyframe_requests++;
}

static void
suggest_bitrate(struct hp_feed *feed, uint32_t rate_bps)
{
    (void) feed;
    (void) rate_bps;
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
    .suggest_bitrate = suggest_bitrate,
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

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .feed = { .ops = &feed_ops } };
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
    scene.section = (struct hp_section) {
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

static int
end(void **state)
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

static const struct hp_frame *
push(struct scene *scene, bool is_keyframe)
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

static void
nack(struct scene *scene, const uint16_t *seqs, unsigned count)
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

// Feedback about `count` transport-wide numbers from `first` on, `lost` of them (-1: none) lost.
static void
tell(struct scene *scene, uint16_t first, unsigned count, int lost)
{
    static struct hp_twcc twcc;
    twcc.item_count = count;
    for (unsigned i = 0; i < count; i++) {
        uint16_t number = (uint16_t) (first + i);
        twcc.items[i] = (struct hp_twcc_item) { .seq = number, .is_received = number != lost };
    }
    hp_sender_handle_feedback(scene->sender, &twcc);
    two_ends_deliver(&scene->ends);
}

static void
report_loss(struct scene *scene, double share)
{
    struct hp_rtcp_report report = { .fraction_lost = (uint8_t) (share * 256) };
    hp_sender_handle_report(scene->sender, &report, 1000);
}

static void
pass(struct scene *scene, int64_t time_us)
{
    until_pass(&scene->until, time_us);
    two_ends_deliver(&scene->ends);
}

static void
nothing_goes_out_before_a_keyframe(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(scene->keyframe_requests, 1); // when the feed came
    push(scene, false);
    assert_int_equal(scene->media_count, 0);
    push(scene, true);
    push(scene, false);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(hp_sender_stats(scene->sender)->dropped_frames, 1);
}

static void
numbers_go_on_over_a_gap_in_the_stream(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    scene->next_packet += 100; // the worker dropped frames
    push(scene, false);
    assert_int_equal(scene->media_count, PACKETS); // waits for the next keyframe
    push(scene, true);
    push(scene, false);
    assert_int_equal(scene->media_count, 3 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
a_lost_packet_is_repeated_as_rtx(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    uint16_t lost = (uint16_t) (scene->next_seq - 2);
    nack(scene, &lost, 1);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, lost);
    assert_int_equal(scene->last.payload_type, 97);
    assert_int_equal(hp_sender_stats(scene->sender)->retransmitted, 1);
    assert_int_equal(scene->gaps, 0);
}

static void
without_rtx_the_very_packet_goes_again(void **state)
{
    struct scene *scene = *state;
    scene->section.rtx_payload_type = -1;
    hp_sender_configure(scene->sender, &scene->section);
    push(scene, true);
    uint16_t lost = (uint16_t) (scene->next_seq - 1);
    uint64_t bad = hp_transport_stats(scene->ends.b.transport)->bad_packets;
    nack(scene, &lost, 1);
    // SRTP knows it as a replay: it is the same datagram, not new text under an old number.
    assert_int_equal(hp_sender_stats(scene->sender)->retransmitted, 1);
    assert_int_equal(hp_transport_stats(scene->ends.b.transport)->bad_packets, bad + 1);
    assert_int_equal(scene->rtx_count, 0);
    assert_int_equal(scene->media_count, PACKETS);
}

static void
a_flood_of_nacks_makes_few_repeats(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 10; i++) {
        push(scene, i == 0);
    }
    uint16_t seqs[10];
    for (unsigned i = 0; i < 10; i++) {
        seqs[i] = (uint16_t) (scene->next_seq - 10 + i);
    }
    int64_t begin_us = hp_clock_now_us();
    for (unsigned i = 0; i < FLOOD; i++) {
        nack(scene, seqs, 10);
    }
    int64_t took_us = hp_clock_now_us() - begin_us;
    uint64_t repeats = hp_sender_stats(scene->sender)->retransmitted;
    print_message("# FIGURE %d NACKs in %.2f s: %u packets repeated\n", FLOOD,
            (double) took_us / 1e6, (unsigned) repeats);
    assert_int_equal(hp_sender_stats(scene->sender)->nacks, FLOOD);
    assert_in_range(repeats, 10, 80); // at most 8 of each
    assert_int_equal(scene->rtx_count, repeats);
}

static void
a_nack_for_what_was_never_sent_is_ignored(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    uint16_t strange = (uint16_t) (scene->next_seq + 1000);
    nack(scene, &strange, 1);
    assert_int_equal(hp_sender_stats(scene->sender)->retransmitted, 0);
}

static void
a_report_maps_wall_time_to_the_streams_time(void **state)
{
    struct scene *scene = *state;
    uint8_t data[200];
    assert_int_equal(hp_sender_write_report(scene->sender, data, sizeof(data)), 0);
    const struct hp_frame *frame = push(scene, true);
    size_t size = hp_sender_write_report(scene->sender, data, sizeof(data));
    struct hp_rtcp_packet packet;
    struct hp_rtcp_sr sr;
    assert_true(hp_rtcp_next(data, size, &packet) > 0);
    assert_true(hp_rtcp_parse_sr(&packet, &sr) > 0);
    assert_int_equal(sr.ssrc, SSRC);
    assert_int_equal(sr.packet_count, PACKETS);
    assert_int_equal(sr.octet_count, PACKETS * SIZE);
    // The frame's RTP time, as sent, is that of its capture.
    int64_t ntp_ticks = (int64_t) (((sr.ntp - hp_clock_ntp(frame->capture_us)) * 90000) >> 32);
    int64_t rtp_ticks = (int32_t) (sr.rtp_time - scene->last.timestamp);
    assert_in_range(ntp_ticks - rtp_ticks + 90, 0, 180); // within 1 ms
}

static void
a_paused_track_sends_nothing_and_returns_with_a_keyframe(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    hp_sender_enable(scene->sender, false);
    push(scene, true);
    assert_int_equal(scene->media_count, PACKETS);
    unsigned requests = scene->keyframe_requests;
    hp_sender_enable(scene->sender, true);
    push(scene, false);
    assert_int_equal(scene->media_count, PACKETS);
    assert_true(scene->keyframe_requests <= requests + 1);
    push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
a_blocked_path_drops_up_to_the_keyframe_and_asks_once(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    hp_pacer_block(&scene->pacer);
    unsigned requests = scene->keyframe_requests;
    for (unsigned i = 0; i < 20; i++) {
        push(scene, false);
    }
    assert_int_equal(scene->media_count, PACKETS);
    assert_true(scene->keyframe_requests <= requests + 1);
    hp_pacer_unblock(&scene->pacer);
    push(scene, false); // half a picture would be worse than none
    assert_int_equal(scene->media_count, PACKETS);
    push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
what_feedback_calls_lost_is_repeated_without_being_asked(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    uint16_t number = (uint16_t) (scene->last.transport_seq - 1); // of the last but one
    uint16_t seq = (uint16_t) (scene->last.seq - 1);
    tell(scene, (uint16_t) (number - 1), PACKETS, number);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, seq);
    tell(scene, (uint16_t) (number - 1), PACKETS, number); // it is under way
    nack(scene, &seq, 1);
    assert_int_equal(scene->rtx_count, 1);
    uint16_t repeat = scene->last.transport_seq;
    tell(scene, repeat, 1, repeat); // in vain: again, at once
    assert_int_equal(scene->rtx_count, 2);
    assert_int_equal(scene->last_osn, seq);
    tell(scene, repeat, 1, repeat); // it knows only the first one
    assert_int_equal(scene->rtx_count, 2);
}

static void
a_flood_of_feedback_makes_few_repeats(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    uint16_t number = scene->last.transport_seq;
    for (unsigned i = 0; i < FLOOD; i++) {
        number = scene->last.transport_seq;
        tell(scene, number, 1, number);
    }
    assert_int_equal(hp_sender_stats(scene->sender)->retransmitted, 8); // of one packet
}

static void
the_end_of_a_frame_goes_again_when_nothing_comes_behind_it(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 8; i++) {
        push(scene, i == 0); // shows whether the one before it came
        pass(scene, 30 * 1000);
    }
    assert_int_equal(scene->rtx_count, 0);
    uint16_t end = scene->last.seq;
    pass(scene, 400 * 1000);
    assert_int_equal(scene->rtx_count, 1);
    assert_int_equal(scene->last_osn, end);
}

static void
an_end_that_has_come_does_not_go_again(void **state)
{
    struct scene *scene = *state;
    push(scene, true);
    tell(scene, scene->last.transport_seq, 1, -1);
    pass(scene, 400 * 1000);
    assert_int_equal(scene->rtx_count, 0);
}

static void
on_a_lossy_way_ends_go_soon_and_repeats_twice(void **state)
{
    struct scene *scene = *state;
    report_loss(scene, 0.05);
    push(scene, true);
    uint16_t end = scene->last.seq, lost = (uint16_t) (end - 1);
    nack(scene, &lost, 1);
    pass(scene, 400 * 1000);
    // The answer, its copy, and two of the end.
    assert_int_equal(scene->rtx_count, 4);
    unsigned of_end = 0;
    for (unsigned i = 0; i < 4; i++) {
        of_end += scene->osns[i] == end;
        assert_true(scene->osns[i] == end || scene->osns[i] == lost);
    }
    assert_int_equal(of_end, 2);
    assert_int_equal(scene->osns[0], lost);
}

static void
a_way_that_was_lossy_is_a_good_one_again(void **state)
{
    struct scene *scene = *state;
    report_loss(scene, 0.05);
    for (unsigned i = 0; i < 10; i++) {
        report_loss(scene, 0);
    }
    push(scene, true);
    pass(scene, 50 * 1000);
    assert_int_equal(scene->rtx_count, 0);
}

static void
a_copy_under_way_is_no_answer(void **state)
{
    struct scene *scene = *state;
    report_loss(scene, 0.05);
    push(scene, true);
    uint16_t end = scene->last.seq;
    pass(scene, 22 * 1000);
    unsigned copies = scene->rtx_count;
    nack(scene, &end, 1); // the copy got lost as well
    assert_int_equal(scene->rtx_count, copies + 1);
}

static void
what_was_detached_is_not_repeated(void **state)
{
    struct scene *scene = *state;
    report_loss(scene, 0.05);
    push(scene, true);
    uint16_t number = scene->last.transport_seq, lost = scene->last.seq;
    nack(scene, &lost, 1);
    hp_sender_set_feed(scene->sender, NULL);
    tell(scene, number, 1, number);
    pass(scene, 400 * 1000);
    assert_int_equal(scene->rtx_count, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_goes_out_before_a_keyframe, begin, end),
        cmocka_unit_test_setup_teardown(numbers_go_on_over_a_gap_in_the_stream, begin, end),
        cmocka_unit_test_setup_teardown(a_lost_packet_is_repeated_as_rtx, begin, end),
        cmocka_unit_test_setup_teardown(without_rtx_the_very_packet_goes_again, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_of_nacks_makes_few_repeats, begin, end),
        cmocka_unit_test_setup_teardown(a_nack_for_what_was_never_sent_is_ignored, begin, end),
        cmocka_unit_test_setup_teardown(a_report_maps_wall_time_to_the_streams_time, begin, end),
        cmocka_unit_test_setup_teardown(
                what_feedback_calls_lost_is_repeated_without_being_asked, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_of_feedback_makes_few_repeats, begin, end),
        cmocka_unit_test_setup_teardown(
                the_end_of_a_frame_goes_again_when_nothing_comes_behind_it, begin, end),
        cmocka_unit_test_setup_teardown(an_end_that_has_come_does_not_go_again, begin, end),
        cmocka_unit_test_setup_teardown(
                on_a_lossy_way_ends_go_soon_and_repeats_twice, begin, end),
        cmocka_unit_test_setup_teardown(a_way_that_was_lossy_is_a_good_one_again, begin, end),
        cmocka_unit_test_setup_teardown(a_copy_under_way_is_no_answer, begin, end),
        cmocka_unit_test_setup_teardown(what_was_detached_is_not_repeated, begin, end),
        cmocka_unit_test_setup_teardown(
                a_paused_track_sends_nothing_and_returns_with_a_keyframe, begin, end),
        cmocka_unit_test_setup_teardown(
                a_blocked_path_drops_up_to_the_keyframe_and_asks_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

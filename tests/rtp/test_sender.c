// Tests of rtp/sender.c.
#include "rtp/sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture/fake_time.h"
#include "rtp/sender_scene.h"
#include "wire/rtcp.h"

static void
nothing_goes_out_before_a_keyframe(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(scene->low.keyframe_requests, 1); // when the feed came
    scene_push(scene, false);
    assert_int_equal(scene->media_count, 0);
    scene_push(scene, true);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene_stats(scene).dropped_frames, 1);
    assert_int_equal(scene->low.keyframe_requests, 1);
    assert_int_equal(hp_sender_packets(scene->sender), 2 * PACKETS);
}

static void
a_keyframe_that_does_not_come_is_asked_for_four_times_a_second(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 100; i++) {
        scene_push(scene, false);
        fake_time_pass(10 * 1000);
    }
    assert_int_equal(scene->low.keyframe_requests, 4);
    hp_sender_remind(scene->sender);
    assert_int_equal(scene->low.keyframe_requests, 5);
    hp_sender_request_keyframe(scene->sender); // it was just asked for
    assert_int_equal(scene->low.keyframe_requests, 5);
    assert_int_equal(scene_stats(scene).keyframe_requests, 1);
}

// All viewers get the keyframes that one asks for.
static void
who_asks_four_times_a_second_gets_a_keyframe_every_four_seconds(void **state)
{
    struct scene *scene = *state;
    unsigned keyframes = 0;
    for (unsigned i = 0; i < 4 * 60; i++) {
        unsigned before = scene->low.keyframe_requests;
        hp_sender_request_keyframe(scene->sender);
        bool is_answered = scene->low.keyframe_requests > before || i == 0;
        keyframes += is_answered ? 1 : 0;
        scene_push(scene, is_answered);
        fake_time_pass(250 * 1000);
    }
    assert_in_range(keyframes, 15, 1 + 4 + 15);
    assert_int_equal(scene_stats(scene).keyframe_requests, 4 * 60);
}

static void
a_request_beyond_the_budget_is_kept_not_lost(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 5; i++) {
        scene_push(scene, true);
        fake_time_pass(300 * 1000);
        hp_sender_request_keyframe(scene->sender);
    }
    assert_int_equal(scene->low.keyframe_requests, 1 + 4); // one when the feed came
    for (unsigned i = 0; i < 3; i++) { // each second, as the tracks do
        assert_int_equal(scene->low.keyframe_requests, 5);
        fake_time_pass(1000 * 1000);
        hp_sender_remind(scene->sender);
    }
    assert_int_equal(scene->low.keyframe_requests, 6);
}

// Each time its line is blocked for a moment: it has no picture until the keyframe.
static void
a_viewer_whose_frames_we_drop_is_not_charged(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    for (unsigned i = 0; i < 20; i++) {
        fake_time_pass(300 * 1000);
        unsigned requests = scene->low.keyframe_requests;
        hp_pacer_block(&scene->pacer);
        for (unsigned frame = 0; frame < 20; frame++) {
            scene_push(scene, false);
        }
        assert_int_equal(scene->low.keyframe_requests, requests + 1);
        hp_pacer_unblock(&scene->pacer);
        scene_push(scene, true);
    }
}

static void
numbers_go_on_over_a_gap_in_the_stream(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    scene->low.next_packet += 100; // the worker dropped frames
    scene_push(scene, false);
    assert_int_equal(scene->media_count, PACKETS); // waits for the next keyframe
    scene_push(scene, true);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, 3 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
a_report_maps_wall_time_to_the_streams_time(void **state)
{
    struct scene *scene = *state;
    uint8_t data[200];
    assert_int_equal(hp_sender_write_report(scene->sender, data, sizeof(data)), 0);
    const struct hp_frame *frame = scene_push(scene, true);
    fake_time_pass(100 * 1000);
    size_t size = hp_sender_write_report(scene->sender, data, sizeof(data));
    struct hp_rtcp_packet packet;
    struct hp_rtcp_sr sr;
    assert_true(hp_rtcp_next(data, size, &packet) > 0);
    assert_true(hp_rtcp_parse_sr(&packet, &sr) > 0);
    assert_int_equal(sr.ssrc, SSRC);
    assert_int_equal(sr.packet_count, PACKETS);
    assert_int_equal(sr.octet_count, PACKETS * SIZE);
    // 100 ms after the capture the stream's clock has gone on by as much, and so has the wall's.
    assert_int_equal(sr.rtp_time - scene->last.timestamp, 9000);
    int64_t ntp_ticks = (int64_t) (((sr.ntp - hp_clock_ntp(frame->capture_us)) * 90000) >> 32);
    assert_in_range(ntp_ticks, 9000 - 90, 9000 + 90); // the real wall clock, within 1 ms
}

static void
a_paused_track_sends_nothing_and_returns_with_a_keyframe(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    hp_sender_enable(scene->sender, false);
    scene_push(scene, true);
    fake_time_pass(1000 * 1000);
    hp_sender_remind(scene->sender); // nobody watches
    assert_int_equal(scene->media_count, PACKETS);
    unsigned requests = scene->low.keyframe_requests;
    hp_sender_enable(scene->sender, true);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, PACKETS);
    assert_int_equal(scene->low.keyframe_requests, requests + 1);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
a_blocked_path_drops_up_to_the_keyframe_and_asks_once(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    fake_time_pass(1000 * 1000);
    hp_pacer_block(&scene->pacer);
    unsigned requests = scene->low.keyframe_requests;
    for (unsigned i = 0; i < 20; i++) {
        scene_push(scene, false);
    }
    assert_int_equal(scene->media_count, PACKETS);
    assert_int_equal(scene->low.keyframe_requests, requests + 1);
    assert_int_equal(scene_stats(scene).dropped_frames, 20);
    hp_pacer_unblock(&scene->pacer);
    scene_push(scene, false); // half a picture would be worse than none
    assert_int_equal(scene->media_count, PACKETS);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

// A path that takes half a frame: the numbers of what did not go out are those of what comes next.
static void
a_frame_that_is_cut_short_leaves_no_hole_in_the_numbers(void **state)
{
    struct scene *scene = *state;
    scene->transport.room = PACKETS + 1;
    scene_push(scene, true);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, PACKETS + 1);
    uint16_t number = scene->last.transport_seq;
    scene->transport.room = 100;
    hp_pacer_unblock(&scene->pacer);
    fake_time_pass(10 * 1000);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS + 1);
    assert_int_equal(scene->last.transport_seq, number + PACKETS);
    assert_int_equal(scene->gaps, 0);
}

// Seconds with 18 bits behind the point, modulo 64: a quarter of a second is 1 << 16.
static void
without_transport_wide_numbers_packets_tell_when_they_were_sent(void **state)
{
    struct scene *scene = *state;
    scene->agreed.ext_ids = (struct hp_rtp_ext_ids){ .abs_send_time = 5 };
    hp_sender_configure(scene->sender, &scene->agreed);
    scene_push(scene, true);
    assert_true(scene->last.has_abs_send_time);
    assert_false(scene->last.has_transport_seq);
    uint32_t first = scene->last.abs_send_time;
    fake_time_pass(250 * 1000);
    scene_push(scene, false);
    uint32_t step = (scene->last.abs_send_time - first) & 0xffffff;
    assert_in_range(step, (1 << 16) - 262, (1 << 16) + 262); // the real wall clock, within 1 ms
}

static void
a_frame_is_sent_at_once_in_batches_of_forty(void **state)
{
    struct scene *scene = *state;
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, 60, 600);
    for (unsigned i = 0; i < 60; i++) {
        assert_non_null(hp_frame_add_packet(frame, 10));
    }
    frame->id = scene->low.feed.id;
    frame->is_keyframe = true;
    struct hp_sink *sink = hp_sender_sink(scene->sender);
    sink->ops->push(sink, frame);
    hp_frame_unref(frame);
    assert_int_equal(scene->media_count, 60);
    assert_int_equal(scene->transport.calls, 2);
    assert_int_equal(scene->gaps, 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_goes_out_before_a_keyframe, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                who_asks_four_times_a_second_gets_a_keyframe_every_four_seconds, scene_begin,
                scene_end),
        cmocka_unit_test_setup_teardown(
                a_request_beyond_the_budget_is_kept_not_lost, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_viewer_whose_frames_we_drop_is_not_charged, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_keyframe_that_does_not_come_is_asked_for_four_times_a_second, scene_begin,
                scene_end),
        cmocka_unit_test_setup_teardown(
                numbers_go_on_over_a_gap_in_the_stream, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_report_maps_wall_time_to_the_streams_time, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_paused_track_sends_nothing_and_returns_with_a_keyframe, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_blocked_path_drops_up_to_the_keyframe_and_asks_once, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_frame_that_is_cut_short_leaves_no_hole_in_the_numbers, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                without_transport_wide_numbers_packets_tell_when_they_were_sent, scene_begin,
                scene_end),
        cmocka_unit_test_setup_teardown(
                a_frame_is_sent_at_once_in_batches_of_forty, scene_begin, scene_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of rtp/sender.c.
#include "rtp/sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
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
    scene_push(scene, true);
    hp_sender_enable(scene->sender, false);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, PACKETS);
    unsigned requests = scene->low.keyframe_requests;
    hp_sender_enable(scene->sender, true);
    scene_push(scene, false);
    assert_int_equal(scene->media_count, PACKETS);
    assert_true(scene->low.keyframe_requests <= requests + 1);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

static void
a_blocked_path_drops_up_to_the_keyframe_and_asks_once(void **state)
{
    struct scene *scene = *state;
    scene_push(scene, true);
    hp_pacer_block(&scene->pacer);
    unsigned requests = scene->low.keyframe_requests;
    for (unsigned i = 0; i < 20; i++) {
        scene_push(scene, false);
    }
    assert_int_equal(scene->media_count, PACKETS);
    assert_true(scene->low.keyframe_requests <= requests + 1);
    hp_pacer_unblock(&scene->pacer);
    scene_push(scene, false); // half a picture would be worse than none
    assert_int_equal(scene->media_count, PACKETS);
    scene_push(scene, true);
    assert_int_equal(scene->media_count, 2 * PACKETS);
    assert_int_equal(scene->gaps, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_goes_out_before_a_keyframe, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                numbers_go_on_over_a_gap_in_the_stream, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_report_maps_wall_time_to_the_streams_time, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_paused_track_sends_nothing_and_returns_with_a_keyframe, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(
                a_blocked_path_drops_up_to_the_keyframe_and_asks_once, scene_begin, scene_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

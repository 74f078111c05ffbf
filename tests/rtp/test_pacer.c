// Tests of rtp/pacer.c.
#include "rtp/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/frame.h"
#include "fixture/fake_time.h"

enum {
    TICK_US = 2000,
    BURST = 64, // packets
    PACKETS_PER_TICK = 24
};

struct scene {
    struct hp_worker *worker;
    struct hp_pacer pacer;
    struct hp_pacer_stream stream;
    unsigned sent, calls, dropped, capacity;
};

static unsigned
transmit(void *arg, const struct hp_frame *frame, unsigned first, unsigned count)
{
    struct scene *scene = arg;
    (void) frame;
    (void) first;
    unsigned taken = MIN(count, scene->capacity - scene->sent);
    scene->calls++;
    scene->sent += taken;
    return taken;
}

static void
on_dropped(void *arg, unsigned frame_count)
{
    struct scene *scene = arg;
    scene->dropped += frame_count;
}

static int
begin_without_path(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .worker = hp_worker_create_main(), .capacity = 1000000 };
    fake_time_begin(scene.worker);
    hp_pacer_init(&scene.pacer, scene.worker);
    scene.stream = (struct hp_pacer_stream) {
        .transmit = transmit, .on_dropped = on_dropped, .arg = &scene,
    };
    *state = &scene;
    return 0;
}

static int
begin(void **state)
{
    begin_without_path(state);
    hp_pacer_open(&((struct scene *) *state)->pacer);
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_pacer_finish(&scene->pacer);
    fake_time_end();
    hp_worker_destroy(scene->worker);
    return 0;
}

static void
push_frame(struct scene *scene, const struct hp_pacer_stream *stream, enum hp_codec codec,
        unsigned packets, bool is_keyframe)
{
    struct hp_frame *frame = hp_frame_create(codec, packets, packets * 10);
    frame->is_keyframe = is_keyframe;
    for (unsigned i = 0; i < packets; i++) {
        assert_non_null(hp_frame_add_packet(frame, 10));
    }
    hp_pacer_push(&scene->pacer, stream, frame);
    hp_frame_unref(frame);
}

static void
push_to(struct scene *scene, const struct hp_pacer_stream *stream, enum hp_codec codec,
        unsigned packets)
{
    push_frame(scene, stream, codec, packets, false);
}

static void
push_keyframe(struct scene *scene, unsigned packets)
{
    push_frame(scene, &scene->stream, HP_CODEC_VP8, packets, true);
}

static void
push(struct scene *scene, enum hp_codec codec, unsigned packets)
{
    push_to(scene, &scene->stream, codec, packets);
}

static void
a_frame_of_ordinary_size_goes_out_at_once(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, 20);
    assert_int_equal(scene->sent, 20);
    assert_int_equal(scene->calls, 1);
    assert_false(hp_timer_is_running(&scene->pacer.timer));
}

static void
a_large_keyframe_is_spread_and_arrives_whole(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, 299);
    assert_int_equal(scene->sent, BURST);
    push(scene, HP_CODEC_OPUS, 1); // sound does not wait
    assert_int_equal(scene->sent, BURST + 1);
    for (unsigned tick = 1; tick <= 9; tick++) {
        fake_time_pass(TICK_US);
        assert_int_equal(scene->sent, BURST + tick * PACKETS_PER_TICK);
    }
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, 300);
    assert_int_equal(scene->calls, 12);
    assert_int_equal(scene->dropped, 0);
    assert_false(hp_timer_is_running(&scene->pacer.timer));
}

static void
a_picture_waits_for_what_went_out_beside_it(void **state)
{
    struct scene *scene = *state;
    hp_pacer_charge(&scene->pacer, 100);
    push(scene, HP_CODEC_VP8, 20);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, 0);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, BURST + 2 * PACKETS_PER_TICK - 100);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, 20);
}

static void
a_picture_behind_one_that_waits_waits_too(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, BURST + PACKETS_PER_TICK);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->sent, BURST);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, BURST + PACKETS_PER_TICK);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, BURST + PACKETS_PER_TICK + 1);
}

static void
a_pause_saves_up_no_more_than_a_burst(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, BURST);
    fake_time_pass(1000 * 1000);
    push(scene, HP_CODEC_VP8, 2 * BURST);
    assert_int_equal(scene->sent, 2 * BURST);
}

static void
what_is_removed_does_not_go_out_and_the_rest_does(void **state)
{
    struct scene *scene = *state;
    struct scene other = { .capacity = 1000 };
    struct hp_pacer_stream stream = scene->stream;
    stream.arg = &other;
    push(scene, HP_CODEC_VP8, BURST + 10);
    push_to(scene, &stream, HP_CODEC_VP8, 5);
    hp_pacer_remove(&scene->pacer, &scene->stream);
    assert_int_equal(scene->pacer.waiting_packets, 5);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, BURST);
    assert_int_equal(scene->dropped, 0); // the stream is not told
    assert_int_equal(other.sent, 5);
}

static void
tracks_share_the_transport_wide_numbers(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(hp_pacer_take_numbers(&scene->pacer, 3), 1);
    assert_int_equal(hp_pacer_take_numbers(&scene->pacer, 0), 4); // a look takes none
    assert_int_equal(hp_pacer_take_numbers(&scene->pacer, 65532), 4);
    assert_int_equal(hp_pacer_take_numbers(&scene->pacer, 1), 0); // they wrap
}

static void
a_blocked_path_drops_until_it_is_open_again(void **state)
{
    struct scene *scene = *state;
    scene->capacity = 10;
    push(scene, HP_CODEC_VP8, 20);
    assert_int_equal(scene->dropped, 1);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->dropped, 2);
    assert_int_equal(scene->calls, 1);
    scene->capacity = 100;
    hp_pacer_unblock(&scene->pacer);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->sent, 11);
    assert_int_equal(scene->dropped, 2);
}

static void
what_waits_goes_when_the_path_is_blocked(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, BURST + 1);
    push(scene, HP_CODEC_VP8, 1);
    hp_pacer_block(&scene->pacer);
    assert_int_equal(scene->dropped, 2);
    hp_pacer_unblock(&scene->pacer);
    fake_time_pass(1000 * 1000);
    assert_int_equal(scene->sent, BURST);
}

// 36 packets of the first frame wait, and 40 times 100; the next frame is one too many, and all go.
// After that there is room for 40 frames, again and again.
static void
a_path_that_fills_up_in_mid_frame_drops_what_waits(void **state)
{
    struct scene *scene = *state;
    scene->capacity = BURST + PACKETS_PER_TICK + 3;
    push(scene, HP_CODEC_VP8, 200);
    push(scene, HP_CODEC_VP8, 1);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->dropped, 0);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, BURST + PACKETS_PER_TICK + 3);
    assert_int_equal(scene->dropped, 2);
    assert_int_equal(scene->pacer.waiting_packets, 0);
    unsigned calls = scene->calls;
    scene->capacity = 1000;
    fake_time_pass(10 * TICK_US);
    assert_int_equal(scene->calls, calls); // it is asked again when it says that it has room
}

static void
as_many_packets_as_allowed_wait(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, BURST);
    for (unsigned i = 0; i < 4; i++) {
        push(scene, HP_CODEC_VP8, 1024);
    }
    assert_int_equal(scene->pacer.waiting_packets, 4096);
    assert_int_equal(scene->dropped, 0);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->pacer.waiting_packets, 0);
    assert_int_equal(scene->dropped, 5);
}

static void
the_packets_that_wait_are_bounded(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 41; i++) {
        push(scene, HP_CODEC_VP8, 100);
    }
    assert_int_equal(scene->dropped, 0);
    assert_int_equal(scene->pacer.waiting_packets, 4036);
    push(scene, HP_CODEC_VP8, 100);
    assert_int_equal(scene->dropped, 42);
    assert_int_equal(scene->pacer.waiting_packets, 0);
    for (unsigned i = 0; i < 3 * 41 + 5; i++) {
        push(scene, HP_CODEC_VP8, 100);
    }
    assert_int_equal(scene->dropped, 42 + 3 * 41);
    assert_int_equal(scene->pacer.waiting_packets, 500);
    assert_int_equal(scene->sent, BURST);
}

static void
the_frames_that_wait_are_bounded(void **state)
{
    struct scene *scene = *state;
    hp_pacer_charge(&scene->pacer, BURST);
    for (unsigned i = 0; i < 64; i++) {
        push(scene, HP_CODEC_VP8, 1);
    }
    assert_int_equal(scene->dropped, 0);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->dropped, 65);
    assert_int_equal(scene->sent, 0);
}

static void
the_newest_keyframe_and_what_follows_wait_for_a_path(void **state)
{
    struct scene *scene = *state;
    push_keyframe(scene, 30);
    push_keyframe(scene, 20);
    push(scene, HP_CODEC_VP8, 1);
    fake_time_pass(100 * TICK_US);
    assert_int_equal(scene->calls, 0);
    hp_pacer_open(&scene->pacer);
    assert_int_equal(scene->sent, 21);
    assert_int_equal(scene->dropped, 0);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->sent, 22);
}

static void
a_keyframe_that_is_a_second_old_does_not_go_out_when_the_path_comes(void **state)
{
    struct scene *scene = *state;
    push_keyframe(scene, 20);
    fake_time_pass(1000 * 1000 + 1);
    hp_pacer_open(&scene->pacer);
    assert_int_equal(scene->sent, 0);
    assert_int_equal(scene->dropped, 1);
    push_keyframe(scene, 20);
    assert_int_equal(scene->sent, 20);
}

static void
no_more_than_eight_frames_wait_for_a_path(void **state)
{
    struct scene *scene = *state;
    push_keyframe(scene, 20);
    for (unsigned i = 0; i < 7; i++) {
        push(scene, HP_CODEC_VP8, 1);
    }
    assert_int_equal(scene->dropped, 0);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->dropped, 9);
    hp_pacer_open(&scene->pacer);
    assert_int_equal(scene->sent, 0);
}

static void
a_path_that_is_open_is_not_opened_again(void **state)
{
    struct scene *scene = *state;
    push(scene, HP_CODEC_VP8, BURST + 10);
    hp_pacer_open(&scene->pacer);
    assert_int_equal(scene->dropped, 0);
    fake_time_pass(TICK_US);
    assert_int_equal(scene->sent, BURST + 10);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frame_of_ordinary_size_goes_out_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_large_keyframe_is_spread_and_arrives_whole, begin, end),
        cmocka_unit_test_setup_teardown(
                a_picture_waits_for_what_went_out_beside_it, begin, end),
        cmocka_unit_test_setup_teardown(a_picture_behind_one_that_waits_waits_too, begin, end),
        cmocka_unit_test_setup_teardown(a_pause_saves_up_no_more_than_a_burst, begin, end),
        cmocka_unit_test_setup_teardown(
                what_is_removed_does_not_go_out_and_the_rest_does, begin, end),
        cmocka_unit_test_setup_teardown(tracks_share_the_transport_wide_numbers, begin, end),
        cmocka_unit_test_setup_teardown(a_blocked_path_drops_until_it_is_open_again, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_goes_when_the_path_is_blocked, begin, end),
        cmocka_unit_test_setup_teardown(
                a_path_that_fills_up_in_mid_frame_drops_what_waits, begin, end),
        cmocka_unit_test_setup_teardown(as_many_packets_as_allowed_wait, begin, end),
        cmocka_unit_test_setup_teardown(the_packets_that_wait_are_bounded, begin, end),
        cmocka_unit_test_setup_teardown(the_frames_that_wait_are_bounded, begin, end),
        cmocka_unit_test_setup_teardown(
                the_newest_keyframe_and_what_follows_wait_for_a_path, begin_without_path, end),
        cmocka_unit_test_setup_teardown(
                a_keyframe_that_is_a_second_old_does_not_go_out_when_the_path_comes,
                begin_without_path, end),
        cmocka_unit_test_setup_teardown(
                no_more_than_eight_frames_wait_for_a_path, begin_without_path, end),
        cmocka_unit_test_setup_teardown(a_path_that_is_open_is_not_opened_again, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

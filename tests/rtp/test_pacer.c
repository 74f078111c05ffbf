// Tests of rtp/pacer.c.
#include "rtp/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/frame.h"

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
    if (scene->sent == 300) {
        hp_worker_quit(scene->worker);
    }
    return taken;
}

static void
on_dropped(void *arg, unsigned frame_count)
{
    struct scene *scene = arg;
    scene->dropped += frame_count;
}

static int
begin(void **state)
{
    static struct scene scene;
    scene = (struct scene) { .worker = hp_worker_create_main(), .capacity = 1000000 };
    hp_pacer_init(&scene.pacer, scene.worker);
    scene.stream = (struct hp_pacer_stream) {
        .transmit = transmit, .on_dropped = on_dropped, .arg = &scene,
    };
    *state = &scene;
    return 0;
}

static int
end(void **state)
{
    struct scene *scene = *state;
    hp_pacer_finish(&scene->pacer);
    hp_worker_destroy(scene->worker);
    return 0;
}

static void
push(struct scene *scene, enum hp_codec codec, unsigned packets)
{
    struct hp_frame *frame = hp_frame_create(codec, packets, packets * 10);
    for (unsigned i = 0; i < packets; i++) {
        assert_non_null(hp_frame_add_packet(frame, 10));
    }
    hp_pacer_push(&scene->pacer, &scene->stream, frame);
    hp_frame_unref(frame);
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
    assert_true(scene->sent < 150);
    push(scene, HP_CODEC_OPUS, 1); // sound does not wait
    unsigned before = scene->sent;
    assert_true(before < 150);
    hp_worker_run(scene->worker);
    assert_int_equal(scene->sent, 300);
    assert_true(scene->calls > 5);
    assert_int_equal(scene->dropped, 0);
}

static void
a_picture_waits_for_what_went_out_beside_it(void **state)
{
    struct scene *scene = *state;
    hp_pacer_charge(&scene->pacer, 100000);
    push(scene, HP_CODEC_VP8, 20);
    assert_int_equal(scene->sent, 0);
    assert_true(hp_timer_is_running(&scene->pacer.timer));
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
    scene->capacity = 100;
    hp_pacer_unblock(&scene->pacer);
    push(scene, HP_CODEC_VP8, 1);
    assert_int_equal(scene->sent, 11);
    assert_int_equal(scene->dropped, 2);
}

static void
what_waits_is_bounded(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 200; i++) {
        push(scene, HP_CODEC_VP8, 100);
    }
    assert_true(scene->dropped > 100);
    assert_true(scene->pacer.waiting_packets <= 4096);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frame_of_ordinary_size_goes_out_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_large_keyframe_is_spread_and_arrives_whole, begin, end),
        cmocka_unit_test_setup_teardown(
                a_picture_waits_for_what_went_out_beside_it, begin, end),
        cmocka_unit_test_setup_teardown(a_blocked_path_drops_until_it_is_open_again, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_is_bounded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

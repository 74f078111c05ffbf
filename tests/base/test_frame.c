// Tests of base/frame.c.
#include "base/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
packets_stand_one_behind_the_other(void **state)
{
    (void) state;
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, 2, 30);
    memset(hp_frame_add_packet(frame, 10), 'a', 10);
    memset(hp_frame_add_packet(frame, 20), 'b', 20);
    assert_int_equal(frame->packet_count, 2);
    assert_int_equal(frame->packets[1].offset, 10);
    assert_int_equal(frame->packets[1].size, 20);
    assert_int_equal(frame->payload[9], 'a');
    assert_int_equal(frame->payload[10], 'b');
    hp_frame_unref(frame);
}

static void
what_does_not_fit_is_refused(void **state)
{
    (void) state;
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, 2, HP_PAYLOAD_MAX + 10);
    assert_null(hp_frame_add_packet(frame, HP_PAYLOAD_MAX + 1));
    assert_non_null(hp_frame_add_packet(frame, HP_PAYLOAD_MAX));
    assert_null(hp_frame_add_packet(frame, 11));
    assert_non_null(hp_frame_add_packet(frame, 10));
    assert_null(hp_frame_add_packet(frame, 0));
    hp_frame_unref(frame);
}

static void
the_last_reference_frees(void **state)
{
    (void) state;
    struct hp_frame *frame = hp_frame_create(HP_CODEC_OPUS, 1, 1);
    struct hp_frame *same = hp_frame_ref(frame);
    assert_ptr_equal(same, frame);
    hp_frame_unref(frame);
    assert_int_equal(same->codec, HP_CODEC_OPUS);
    hp_frame_unref(same);
    hp_frame_unref(NULL);
}

static void
codecs_are_found_by_name(void **state)
{
    (void) state;
    enum hp_codec codec;
    assert_true(hp_codec_find("h264", &codec));
    assert_int_equal(codec, HP_CODEC_H264);
    assert_int_equal(hp_codec_kind(codec), HP_TRACK_VIDEO);
    assert_int_equal(hp_codec_clock_rate(codec), 90000);
    assert_true(hp_codec_find("OPUS", &codec));
    assert_string_equal(hp_codec_name(codec), "opus");
    assert_int_equal(hp_codec_clock_rate(codec), 48000);
    assert_false(hp_codec_find("theora", &codec));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_stand_one_behind_the_other),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(codecs_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

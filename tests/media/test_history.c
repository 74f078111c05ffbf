// Tests of media/history.c.
#include "media/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/frame.h"

static const struct hp_stream_id ID = { .stream = 3, .level = 1 };

static struct hp_frame *
make_frame(uint64_t first_packet, unsigned packets, size_t packet_size, int64_t capture_us)
{
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, packets, packets * packet_size);
    for (unsigned i = 0; i < packets; i++) {
        assert_non_null(hp_frame_add_packet(frame, packet_size));
    }
    frame->id = ID;
    frame->first_packet = first_packet;
    frame->capture_us = capture_us;
    return frame;
}

static void
add(struct hp_history *history, uint64_t first_packet, unsigned packets, int64_t capture_us)
{
    struct hp_frame *frame = make_frame(first_packet, packets, 10, capture_us);
    hp_history_add(history, frame);
    hp_frame_unref(frame);
}

static void
packets_are_found_in_the_frame_that_holds_them(void **state)
{
    struct hp_history history = { 0 };
    (void) state;
    assert_null(hp_history_find(&history, 0));
    add(&history, 100, 3, 0);
    add(&history, 103, 1, 1000);
    add(&history, 110, 5, 2000); // 104 to 109 were dropped
    assert_null(hp_history_find(&history, 99));
    assert_int_equal(hp_history_find(&history, 100)->first_packet, 100);
    assert_true(hp_stream_id_equal(hp_history_find(&history, 100)->id, ID));
    assert_int_equal(hp_history_find(&history, 102)->first_packet, 100);
    assert_int_equal(hp_history_find(&history, 103)->first_packet, 103);
    assert_null(hp_history_find(&history, 104));
    assert_null(hp_history_find(&history, 109));
    assert_int_equal(hp_history_find(&history, 114)->first_packet, 110);
    assert_null(hp_history_find(&history, 115));
    hp_history_clear(&history);
    assert_null(hp_history_find(&history, 100));
}

static void
frames_older_than_a_second_and_a_half_are_forgotten(void **state)
{
    struct hp_history history = { 0 };
    (void) state;
    for (unsigned i = 0; i < 100; i++) {
        add(&history, i, 1, (int64_t) i * 33333);
    }
    assert_null(hp_history_find(&history, 10));
    assert_non_null(hp_history_find(&history, 60));
    assert_in_range(history.count, 44, 47);
    hp_history_clear(&history);
}

static void
the_ring_holds_a_bounded_number_of_frames(void **state)
{
    struct hp_history history = { 0 };
    (void) state;
    for (unsigned i = 0; i < 3 * HP_HISTORY_FRAMES; i++) {
        add(&history, i, 1, 0);
    }
    assert_int_equal(history.count, HP_HISTORY_FRAMES);
    assert_null(hp_history_find(&history, 2 * HP_HISTORY_FRAMES - 1));
    assert_non_null(hp_history_find(&history, 2 * HP_HISTORY_FRAMES));
    hp_history_clear(&history);
    assert_int_equal(history.size, 0);
}

static void
bytes_are_bounded_but_the_newest_frame_stays(void **state)
{
    enum {
        PACKETS = 3000,
        SIZE = 1000
    }; // 3 MB a frame
    struct hp_history history = { 0 };
    (void) state;
    for (unsigned i = 0; i < 3; i++) {
        struct hp_frame *frame = make_frame((uint64_t) i * PACKETS, PACKETS, SIZE, 0);
        hp_history_add(&history, frame);
        hp_frame_unref(frame);
        assert_int_equal(history.count, 1);
        assert_non_null(hp_history_find(&history, (uint64_t) i * PACKETS + 7));
    }
    hp_history_clear(&history);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_found_in_the_frame_that_holds_them),
        cmocka_unit_test(frames_older_than_a_second_and_a_half_are_forgotten),
        cmocka_unit_test(the_ring_holds_a_bounded_number_of_frames),
        cmocka_unit_test(bytes_are_bounded_but_the_newest_frame_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

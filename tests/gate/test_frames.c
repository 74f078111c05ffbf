// Tests of gate/frames.c: which bytes of a WebSocket are taken.
#include "gate/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

// A text in two fragments with a ping between them, and a close frame with code 1000.
static const uint8_t good[] = { 0x01, 0x82, 1, 2, 3, 4, 'a', 'b', 0x89, 0x80, 0, 0, 0, 0, 0x80,
    0x81, 0, 0, 0, 0, 'c', 0x82, 0x80, 0, 0, 0, 0, 0x88, 0x82, 0xff, 0, 0, 0, 0x03 ^ 0xff, 0xe8 };

static void
good_frames_are_taken_whole(void **state)
{
    (void) state;
    struct hp_frames frames = { 0 };
    assert_int_equal(hp_frames_take(&frames, good, sizeof(good)), sizeof(good));
    assert_true(frames.is_closed);
    assert_int_equal(frames.left, 0);
}

static void
good_frames_are_taken_in_any_pieces(void **state)
{
    (void) state;
    struct hp_frames frames = { 0 };
    size_t from = 0;
    for (size_t size = 1; size <= sizeof(good); size++) {
        ssize_t taken = hp_frames_take(&frames, good + from, size - from);
        assert_in_range(taken, 0, size - from);
        from += (size_t) taken;
        assert_in_range(size - from, 0, HP_FRAMES_HEAD_MAX);
    }
    assert_int_equal(from, sizeof(good));
    assert_true(frames.is_closed);
}

static void
what_follows_a_close_frame_is_not_taken(void **state)
{
    (void) state;
    static const uint8_t data[] = { 0x88, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0 };
    struct hp_frames frames = { 0 };
    assert_int_equal(hp_frames_take(&frames, data, sizeof(data)), 6);
    assert_true(frames.is_closed);
}

static void
payload_of_any_size_is_passed_over(void **state)
{
    (void) state;
    uint8_t data[1000] = { 0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0 }; // 64 KiB
    struct hp_frames frames = { 0 };
    assert_int_equal(hp_frames_take(&frames, data, sizeof(data)), sizeof(data));
    assert_int_equal(frames.left, 65536 + 14 - sizeof(data));
    memset(data, 0xff, sizeof(data)); // would be refused as a head
    while (frames.left >= sizeof(data)) {
        assert_int_equal(hp_frames_take(&frames, data, sizeof(data)), sizeof(data));
    }
    size_t left = (size_t) frames.left;
    assert_int_equal(hp_frames_take(&frames, data, sizeof(data)), left);
    assert_int_equal(hp_frames_take(&frames, data, sizeof(data)), -1);
}

static void
wrong_frames_are_refused(void **state)
{
    (void) state;
    static const uint8_t bad[][14] = {
        { 0x81, 0x05 }, // not masked
        { 0xc1, 0x85 }, { 0xa1, 0x85 }, { 0x91, 0x85 }, // bits of extensions
        { 0x83, 0x80 }, { 0x87, 0x80 }, { 0x8b, 0x80 }, { 0x8f, 0x80 }, // unknown opcodes
        { 0x09, 0x80 }, { 0x89, 0xfe, 0, 126 }, // a control frame in pieces, or too large
        { 0x81, 0xfe, 0, 125 }, { 0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, // not the shortest
        { 0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0 }, // too large for anybody
        { 0x80, 0x80 }, // nothing to continue
        { 0x88, 0x81, 0, 0, 0, 0, 3 }, // half a code
        { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed }, // 1005 is of no frame
        { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe7 }, { 0x88, 0x82, 0, 0, 0, 0, 0x0b, 0xb7 },
        { 0x88, 0x82, 0, 0, 0, 0, 0x13, 0x88 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct hp_frames frames = { 0 };
        if (hp_frames_take(&frames, bad[i], sizeof(bad[i])) != -1) {
            fail_msg("frame %zu is taken", i);
        }
    }
}

static void
message_within_a_message_is_refused(void **state)
{
    (void) state;
    static const uint8_t data[] = { 0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0 };
    struct hp_frames frames = { 0 };
    assert_int_equal(hp_frames_take(&frames, data, sizeof(data)), 6); // the good ones first
    assert_int_equal(hp_frames_take(&frames, data + 6, sizeof(data) - 6), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_frames_are_taken_whole),
        cmocka_unit_test(good_frames_are_taken_in_any_pieces),
        cmocka_unit_test(what_follows_a_close_frame_is_not_taken),
        cmocka_unit_test(payload_of_any_size_is_passed_over),
        cmocka_unit_test(wrong_frames_are_refused),
        cmocka_unit_test(message_within_a_message_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

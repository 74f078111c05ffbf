// Tests of wire/depacketize.c: frames that packetize.c has cut come back as they were.
#include "wire/depacketize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture/dice.h"
#include "wire/packetize.h"

enum {
    ROUNDS = 3000,
    SOURCE_MAX = 96 * 1024
};

static uint8_t source[SOURCE_MAX];
static uint8_t result[2 * SOURCE_MAX];
static GRand *dice;

static unsigned
draw(unsigned limit) // 0 to limit - 1
{
    return g_rand_int(dice) % limit;
}

static int
take_dice(void **state)
{
    (void) state;
    dice = dice_create();
    return 0;
}

static int
drop_dice(void **state)
{
    (void) state;
    g_rand_free(dice);
    return 0;
}

static void
assert_comes_back(enum hp_codec codec, size_t size)
{
    struct hp_frame *frame = hp_packetize(codec, source, size);
    assert_non_null(frame);
    assert_true(hp_depacketize_bound(frame) >= size);
    assert_int_equal(hp_depacketize(frame, result, hp_depacketize_bound(frame)), size);
    assert_memory_equal(result, source, size);
    assert_int_equal(hp_depacketize(frame, result, size - 1), 0); // no room
    hp_frame_unref(frame);
}

static size_t
draw_size(void)
{
    static const unsigned limits[] = { 20, 1200, 5000, 40000 };
    return 1 + draw(limits[draw(4)]);
}

static void
vp8_frames_come_back(void **state)
{
    static const uint8_t key_head[] = { 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0 };
    (void) state;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = sizeof(key_head) + draw_size();
        for (size_t at = 0; at < size; at++) {
            source[at] = (uint8_t) draw(256);
        }
        source[0] |= 1; // a picture that refers to others
        if (draw(3) == 0) {
            memcpy(source, key_head, sizeof(key_head));
        }
        assert_comes_back(HP_CODEC_VP8, size);
    }
}

// Appends a NAL unit without start codes inside or zeros at its end.
static size_t
add_nal(size_t offset)
{
    static const uint8_t types[] = { 1, 5, 6, 7, 8, 19 };
    size_t size = draw_size() - 1;
    const uint8_t head[] = { 0, 0, 0, 1, (uint8_t) (draw(4) << 5 | types[draw(6)]) };
    memcpy(source + offset, head, sizeof(head));
    for (size_t i = 0; i < size; i++) {
        bool is_zero = draw(4) == 0 && i + 1 < size;
        source[offset + sizeof(head) + i] = (uint8_t) (is_zero ? 0 : 4 + draw(250));
        if (i > 1 && source[offset + sizeof(head) + i] == 0) {
            source[offset + sizeof(head) + i - 1] = 9; // at most one zero after the other
        }
    }
    return offset + sizeof(head) + size;
}

static void
h264_access_units_come_back(void **state)
{
    (void) state;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = 0;
        for (unsigned count = 1 + draw(12); count > 0 && size < SOURCE_MAX - 41000; count--) {
            size = add_nal(size);
        }
        assert_comes_back(HP_CODEC_H264, size);
    }
}

static void
opus_packets_come_back(void **state)
{
    (void) state;
    for (size_t size = 1; size <= HP_PAYLOAD_MAX; size++) {
        source[size - 1] = (uint8_t) draw(256);
        assert_comes_back(HP_CODEC_OPUS, size);
    }
}

static void
add_payload(struct hp_frame *frame, const void *data, size_t size)
{
    memcpy(hp_frame_add_packet(frame, size), data, size);
}

static size_t
take_one(enum hp_codec codec, const void *data, size_t size)
{
    struct hp_frame *frame = hp_frame_create(codec, 1, size);
    add_payload(frame, data, size);
    size_t taken = hp_depacketize(frame, result, sizeof(result));
    hp_frame_unref(frame);
    return taken;
}

static void
malformed_payloads_are_nothing(void **state)
{
    (void) state;
    assert_int_equal(take_one(HP_CODEC_VP8, "\x10", 1), 0); // no picture behind the descriptor
    assert_int_equal(take_one(HP_CODEC_VP8, "\x00x", 2), 0); // does not begin a frame
    assert_int_equal(take_one(HP_CODEC_VP8, "\x90\x80x", 3), 0); // an extension
    assert_int_equal(take_one(HP_CODEC_H264, "\x78", 1), 0); // an empty STAP-A
    assert_int_equal(take_one(HP_CODEC_H264, "\x78\x00\x05\x67", 4), 0); // shorter than it says
    assert_int_equal(take_one(HP_CODEC_H264, "\x78\x00\x00\x67", 4), 0);
    assert_int_equal(take_one(HP_CODEC_H264, "\x78\x00\x01\x67\x00", 5), 0);
    assert_int_equal(take_one(HP_CODEC_H264, "\x7c\x85x", 3), 0); // begins and does not end
    assert_int_equal(take_one(HP_CODEC_H264, "\x7c\x45x", 3), 0); // ends and did not begin
    assert_int_equal(take_one(HP_CODEC_H264, "\x7c\xc5", 2), 0);
    assert_int_equal(take_one(HP_CODEC_H264, "\xe5x", 2), 0); // the forbidden bit
    assert_int_equal(take_one(HP_CODEC_H264, "\x65x", 2), 6);
}

static void
an_interrupted_fragment_is_nothing(void **state)
{
    struct hp_frame *frame = hp_frame_create(HP_CODEC_H264, 2, 16);
    (void) state;
    add_payload(frame, "\x7c\x85x", 3);
    add_payload(frame, "\x65x", 2);
    assert_int_equal(hp_depacketize(frame, result, sizeof(result)), 0);
    hp_frame_unref(frame);
}

static void
a_second_start_of_a_vp8_frame_is_nothing(void **state)
{
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, 2, 16);
    (void) state;
    add_payload(frame, "\x10x", 2);
    add_payload(frame, "\x10y", 2);
    assert_int_equal(hp_depacketize(frame, result, sizeof(result)), 0);
    hp_frame_unref(frame);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(vp8_frames_come_back, take_dice, drop_dice),
        cmocka_unit_test_setup_teardown(h264_access_units_come_back, take_dice, drop_dice),
        cmocka_unit_test_setup_teardown(opus_packets_come_back, take_dice, drop_dice),
        cmocka_unit_test(malformed_payloads_are_nothing),
        cmocka_unit_test(an_interrupted_fragment_is_nothing),
        cmocka_unit_test(a_second_start_of_a_vp8_frame_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

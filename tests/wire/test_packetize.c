// Tests of wire/packetize.c. Frames are put together again as a browser does it.
#include "wire/packetize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    BIG = 5000
};

static uint8_t source[64 * 1024];
static uint8_t result[64 * 1024];

static const uint8_t *
payload_of(const struct hp_frame *frame, unsigned index)
{
    return frame->payload + frame->packets[index].offset;
}

// The H.264 access unit of a frame, each NAL unit behind 00 00 00 01. Returns its size.
static size_t
depacketize_h264(const struct hp_frame *frame)
{
    static const uint8_t start_code[] = { 0, 0, 0, 1 };
    size_t size = 0;
    for (unsigned i = 0; i < frame->packet_count; i++) {
        const uint8_t *data = payload_of(frame, i);
        size_t left = frame->packets[i].size;
        unsigned type = data[0] & 31;
        if (type == 24) {
            for (data++, left--; left > 0;) {
                size_t nal_size = (size_t) data[0] << 8 | data[1];
                assert_true(nal_size > 0 && nal_size + 2 <= left);
                memcpy(result + size, start_code, 4);
                memcpy(result + size + 4, data + 2, nal_size);
                size += 4 + nal_size;
                data += 2 + nal_size;
                left -= 2 + nal_size;
            }
        } else if (type == 28) {
            if ((data[1] & 0x80) != 0) {
                memcpy(result + size, start_code, 4);
                result[size + 4] = (uint8_t) ((data[0] & 0x60) | (data[1] & 31));
                size += 5;
            }
            memcpy(result + size, data + 2, left - 2);
            size += left - 2;
        } else {
            memcpy(result + size, start_code, 4);
            memcpy(result + size + 4, data, left);
            size += 4 + left;
        }
    }
    return size;
}

// Appends a NAL unit of  bytes to `source`, without zeros and ones inside.
static size_t
add_nal(size_t offset, uint8_t header, size_t size)
{
    memcpy(source + offset, (const uint8_t[]){ 0, 0, 0, 1, header }, 5);
    for (size_t i = 1; i < size; i++) {
        source[offset + 4 + i] = (uint8_t) (2 + i % 250);
    }
    return offset + 4 + size;
}

static void
a_small_vp8_keyframe_is_one_packet(void **state)
{
    static const uint8_t frame_data[] = { 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0,
        7 };
    struct hp_frame *frame = hp_packetize(HP_CODEC_VP8, frame_data, sizeof(frame_data));
    assert_non_null(frame);
    assert_true(frame->is_keyframe);
    assert_int_equal(frame->packet_count, 1);
    assert_true(frame->packets[0].is_last);
    assert_int_equal(payload_of(frame, 0)[0], 0x10);
    assert_memory_equal(payload_of(frame, 0) + 1, frame_data, sizeof(frame_data));
    hp_frame_unref(frame);
}

static void
a_large_vp8_frame_is_cut_into_equal_parts(void **state)
{
    for (size_t i = 0; i < BIG; i++) {
        source[i] = (uint8_t) (i * 7 | 1); // bit 0 of the first byte: not a keyframe
    }
    struct hp_frame *frame = hp_packetize(HP_CODEC_VP8, source, BIG);
    assert_false(frame->is_keyframe);
    assert_int_equal(frame->packet_count, 5);
    size_t size = 0;
    for (unsigned i = 0; i < frame->packet_count; i++) {
        bool is_last = i == frame->packet_count - 1;
        assert_int_equal(payload_of(frame, i)[0], i == 0 ? 0x10 : 0);
        assert_int_equal(frame->packets[i].is_last, is_last);
        assert_true(is_last || frame->packets[i].size == frame->packets[0].size);
        assert_true(frame->packets[i].size <= HP_PAYLOAD_MAX);
        memcpy(result + size, payload_of(frame, i) + 1, frame->packets[i].size - 1u);
        size += frame->packets[i].size - 1u;
    }
    assert_int_equal(size, BIG);
    assert_memory_equal(result, source, BIG);
    hp_frame_unref(frame);
}

static void
what_is_not_vp8_is_refused(void **state)
{
    static const uint8_t no_start_code[] = { 0x10, 2, 0, 0x9d, 1, 0x2b, 0x40, 1, 0xf0, 0, 7 };
    assert_null(hp_packetize(HP_CODEC_VP8, no_start_code, sizeof(no_start_code)));
    assert_null(hp_packetize(HP_CODEC_VP8, no_start_code, 2));
    assert_null(hp_packetize(HP_CODEC_VP8, no_start_code, 0));
}

static void
parameter_sets_travel_together_and_the_picture_in_pieces(void **state)
{
    size_t size = add_nal(0, 0x67, 20);
    size = add_nal(size, 0x68, 5);
    size_t head_size = size;
    size = add_nal(size, 0x65, BIG);
    struct hp_frame *frame = hp_packetize(HP_CODEC_H264, source, size);
    assert_non_null(frame);
    assert_true(frame->is_keyframe);
    assert_int_equal(payload_of(frame, 0)[0], 0x60 | 24);
    assert_int_equal(frame->packets[0].size, 1 + 2 + 20 + 2 + 5);
    assert_int_equal(frame->packet_count, 1 + 5);
    for (unsigned i = 1; i < 6; i++) {
        uint8_t expected = 5 | (i == 1 ? 0x80 : 0) | (i == 5 ? 0x40 : 0);
        assert_int_equal(payload_of(frame, i)[0], 0x60 | 28);
        assert_int_equal(payload_of(frame, i)[1], expected);
        assert_int_equal(frame->packets[i].is_last, i == 5);
        assert_true(i == 5 || frame->packets[i].size == frame->packets[1].size);
    }
    assert_int_equal(depacketize_h264(frame), size);
    assert_memory_equal(result, source, size);
    assert_true(head_size < size);
    hp_frame_unref(frame);
}

static void
a_lone_slice_is_a_packet_of_its_own(void **state)
{
    size_t size = add_nal(0, 0x41, 300);
    struct hp_frame *frame = hp_packetize(HP_CODEC_H264, source, size);
    assert_false(frame->is_keyframe);
    assert_int_equal(frame->packet_count, 1);
    assert_int_equal(frame->packets[0].size, 300);
    assert_int_equal(payload_of(frame, 0)[0], 0x41);
    hp_frame_unref(frame);
}

static void
delimiters_fillers_and_trailing_zeros_are_dropped(void **state)
{
    size_t size = add_nal(0, 0x09, 2);
    size = add_nal(size, 0x0c, 50);
    memset(source + size, 0, 3); // zeros before the next start code
    size = add_nal(size + 3, 0x41, 10);
    memset(source + size, 0, 2);
    struct hp_frame *frame = hp_packetize(HP_CODEC_H264, source, size + 2);
    assert_int_equal(frame->packet_count, 1);
    assert_int_equal(frame->packets[0].size, 10);
    hp_frame_unref(frame);
}

static void
sizes_around_the_limit_come_back_whole(void **state)
{
    for (size_t nal_size = HP_PAYLOAD_MAX - 4; nal_size < HP_PAYLOAD_MAX + 4; nal_size++) {
        size_t size = add_nal(0, 0x06, 2);
        size = add_nal(size, 0x41, nal_size);
        struct hp_frame *frame = hp_packetize(HP_CODEC_H264, source, size);
        assert_non_null(frame);
        assert_int_equal(depacketize_h264(frame), size);
        assert_memory_equal(result, source, size);
        assert_true(frame->packets[frame->packet_count - 1].is_last);
        hp_frame_unref(frame);
    }
}

static void
many_tiny_slices_share_packets(void **state)
{
    size_t size = 0;
    for (int i = 0; i < 500; i++) {
        size = add_nal(size, 0x41, 6);
    }
    struct hp_frame *frame = hp_packetize(HP_CODEC_H264, source, size);
    assert_int_equal(frame->packet_count, 4); // 139 of 8 bytes each fit beside the header
    assert_int_equal(depacketize_h264(frame), size);
    hp_frame_unref(frame);
}

static void
what_is_not_annex_b_is_refused(void **state)
{
    static const uint8_t avcc[] = { 0, 0, 0, 5, 0x65, 1, 2, 3, 4 };
    static const uint8_t forbidden[] = { 0, 0, 1, 0xe5, 1, 2 };
    static const uint8_t nothing[] = { 0, 0, 1, 0, 0, 1 };
    static const uint8_t only_delimiter[] = { 0, 0, 1, 9, 0xf0 };
    assert_null(hp_packetize(HP_CODEC_H264, avcc, sizeof(avcc)));
    assert_null(hp_packetize(HP_CODEC_H264, forbidden, sizeof(forbidden)));
    assert_null(hp_packetize(HP_CODEC_H264, nothing, sizeof(nothing)));
    assert_null(hp_packetize(HP_CODEC_H264, only_delimiter, sizeof(only_delimiter)));
}

static void
an_opus_packet_stays_as_it_is(void **state)
{
    static const uint8_t packet[] = { 0xfc, 1, 2, 3 };
    struct hp_frame *frame = hp_packetize(HP_CODEC_OPUS, packet, sizeof(packet));
    assert_int_equal(frame->packet_count, 1);
    assert_false(frame->packets[0].is_last);
    assert_memory_equal(payload_of(frame, 0), packet, sizeof(packet));
    hp_frame_unref(frame);
    assert_null(hp_packetize(HP_CODEC_OPUS, source, HP_PAYLOAD_MAX + 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_vp8_keyframe_is_one_packet),
        cmocka_unit_test(a_large_vp8_frame_is_cut_into_equal_parts),
        cmocka_unit_test(what_is_not_vp8_is_refused),
        cmocka_unit_test(parameter_sets_travel_together_and_the_picture_in_pieces),
        cmocka_unit_test(a_lone_slice_is_a_packet_of_its_own),
        cmocka_unit_test(delimiters_fillers_and_trailing_zeros_are_dropped),
        cmocka_unit_test(sizes_around_the_limit_come_back_whole),
        cmocka_unit_test(many_tiny_slices_share_packets),
        cmocka_unit_test(what_is_not_annex_b_is_refused),
        cmocka_unit_test(an_opus_packet_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

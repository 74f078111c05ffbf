// Tests of wire/ws_frame.c: frames as bytes.
#include "wire/ws_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static void
masked_frame_is_read(void **state)
{
    (void) state;
    uint8_t data[] = { 0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58 };
    struct hp_ws_frame frame;
    for (size_t size = 0; size < 6; size++) {
        assert_int_equal(hp_ws_frame_read(data, size, &frame), 0);
    }
    assert_int_equal(hp_ws_frame_read(data, sizeof(data), &frame), 1);
    assert_true(frame.is_final);
    assert_int_equal(frame.opcode, HP_WS_TEXT);
    assert_int_equal(frame.head_size, 6);
    assert_int_equal(frame.size, 5);
    hp_ws_frame_unmask(&frame, data + 6, 2, 0);
    hp_ws_frame_unmask(&frame, data + 8, 3, 2);
    assert_memory_equal(data + 6, "Hello", 5);
}

static void
wrong_frames_are_refused(void **state)
{
    (void) state;
    static const uint8_t bad[][14] = {
        { 0x81, 0x05 }, // not masked
        { 0xc1, 0x85 }, { 0xa1, 0x85 }, { 0x91, 0x85 }, // bits of extensions
        { 0x83, 0x80 }, { 0x8b, 0x80 }, // unknown opcodes
        { 0x09, 0x80 }, { 0x89, 0xfe, 0, 126 }, // a control frame in pieces, or too large
        { 0x81, 0xfe, 0, 125 }, { 0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, // not the shortest
        { 0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0 },
    };
    struct hp_ws_frame frame;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_int_equal(hp_ws_frame_read(bad[i], sizeof(bad[i]), &frame), -1);
    }
}

static void
sizes_are_written_in_the_shortest_form(void **state)
{
    (void) state;
    static const struct {
        size_t size;
        uint8_t head[10];
        size_t head_size;
    } cases[] = {
        { 0, { 0x89, 0 }, 2 },
        { 125, { 0x89, 125 }, 2 },
        { 126, { 0x89, 126, 0, 126 }, 4 },
        { 65535, { 0x89, 126, 0xff, 0xff }, 4 },
        { 65536, { 0x89, 127, 0, 0, 0, 0, 0, 1, 0, 0 }, 10 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t head[HP_WS_FRAME_HEAD_MAX];
        assert_int_equal(
                hp_ws_frame_write(head, HP_WS_PING, true, cases[i].size), cases[i].head_size);
        assert_memory_equal(head, cases[i].head, cases[i].head_size);
    }
}

static void
codes_of_the_wire_are_known(void **state)
{
    (void) state;
    static const unsigned good[] = { 1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999 };
    static const unsigned bad[] = { 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535 };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(hp_ws_frame_is_close_code(good[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(hp_ws_frame_is_close_code(bad[i]));
    }
}

static void
key_is_16_bytes(void **state)
{
    (void) state;
    static const char *const bad[] = { "", "x", "dGhlIHNhbXBsZSBub25jZQ",
        "!!!!!!!!!!!!!!!!!!!!!!==",
        "dGhlIHNhbXBsZSBub25jZQ==x", "dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBsZSBub25jZQ==, x" };
    char *accept = hp_ws_frame_accept("dGhlIHNhbXBsZSBub25jZQ=="); // of RFC 6455 section 1.3
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    g_free(accept);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_null(hp_ws_frame_accept(bad[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masked_frame_is_read),
        cmocka_unit_test(wrong_frames_are_refused),
        cmocka_unit_test(sizes_are_written_in_the_shortest_form),
        cmocka_unit_test(codes_of_the_wire_are_known),
        cmocka_unit_test(key_is_16_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of wire/input.c: the bytes that clients of Neko were seen to send.
#include "wire/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static struct hp_input input;

static ssize_t
v3(const uint8_t *data, size_t size)
{
    return hp_input_parse(HP_DIALECT_V3, data, size, &input);
}

static ssize_t
legacy(const uint8_t *data, size_t size)
{
    return hp_input_parse(HP_DIALECT_LEGACY, data, size, &input);
}

static void
v3_moves_and_scrolls_are_read(void **state)
{
    assert_int_equal(v3(BYTES(1, 0, 4, 0, 5, 0, 6)), 7);
    assert_int_equal(input.kind, HP_INPUT_MOVE);
    assert_int_equal(input.x, 5);
    assert_int_equal(input.y, 6);
    assert_int_equal(v3(BYTES(2, 0, 5, 0, 0, 0xff, 0xff, 1)), 8);
    assert_int_equal(input.kind, HP_INPUT_SCROLL);
    assert_int_equal(input.delta_x, 0);
    assert_int_equal(input.delta_y, -1);
    assert_true(input.with_control);
}

static void
a_v3_scroll_of_length_4_has_no_control_key(void **state)
{
    assert_int_equal(v3(BYTES(2, 0, 4, 0, 1, 0, 2, 9)), 7);
    assert_int_equal(input.delta_x, 1);
    assert_int_equal(input.delta_y, 2);
    assert_false(input.with_control);
}

static void
v3_keys_and_buttons_are_read(void **state)
{
    assert_int_equal(v3(BYTES(3, 0, 4, 0, 0, 0xff, 0x0d)), 7);
    assert_int_equal(input.kind, HP_INPUT_KEY_DOWN);
    assert_int_equal(input.keysym, 0xff0d);
    assert_int_equal(v3(BYTES(4, 0, 4, 0, 0, 0xff, 0x0d)), 7);
    assert_int_equal(input.kind, HP_INPUT_KEY_UP);
    assert_int_equal(v3(BYTES(5, 0, 4, 0, 0, 0, 1)), 7);
    assert_int_equal(input.kind, HP_INPUT_BUTTON_DOWN);
    assert_int_equal(input.button, 1);
    assert_int_equal(v3(BYTES(6, 0, 4, 0, 0, 0, 3)), 7);
    assert_int_equal(input.kind, HP_INPUT_BUTTON_UP);
    assert_int_equal(input.button, 3);
}

static void
v3_touches_are_read(void **state)
{
    assert_int_equal(v3(BYTES(8, 0, 13, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 0x80)), 16);
    assert_int_equal(input.kind, HP_INPUT_TOUCH_BEGIN);
    assert_int_equal(input.touch_id, 3);
    assert_int_equal(input.x, -1);
    assert_int_equal(input.y, 2);
    assert_int_equal(input.pressure, 128);
}

static void
our_own_sign_of_life_has_no_payload(void **state)
{
    static const uint8_t alive[] = { 0x40, 0, 0 };
    (void) state;
    assert_int_equal(v3(alive, sizeof(alive)), sizeof(alive));
    assert_int_equal(input.kind, HP_INPUT_ALIVE);
    assert_int_equal(v3(alive, 2), -1);
}

static void
a_v3_ping_is_answered_with_both_times(void **state)
{
    static const uint8_t ping[] = { 7, 0, 8, 0, 0, 1, 0xa1, 0xf8, 0x5c, 0x40, 0x82 };
    assert_int_equal(v3(ping, sizeof(ping)), sizeof(ping));
    assert_int_equal(input.kind, HP_INPUT_PING);
    uint8_t pong[HP_INPUT_PONG_SIZE];
    uint64_t now_ms = 417ull * 0xffffffffu + 5;
    assert_int_equal(hp_input_write_pong(pong, ping, now_ms), HP_INPUT_PONG_SIZE);
    static const uint8_t expected[] = { 3, 0, 19, 0, 0, 1, 0xa1, 0xf8, 0x5c, 0x40, 0x82, 0, 0, 1,
        0xa1, 0, 0, 0, 5 };
    assert_memory_equal(pong, expected, sizeof(expected));
}

static void
scrolls_are_clamped_in_both_dialects(void **state)
{
    assert_int_equal(v3(BYTES(2, 0, 5, 0x7f, 0xff, 0x80, 0x00, 0)), 8);
    assert_int_equal(input.delta_x, 100);
    assert_int_equal(input.delta_y, -100);
    assert_int_equal(legacy(BYTES(2, 4, 0, 0xff, 0x7f, 0x00, 0x80)), 7);
    assert_int_equal(input.delta_x, 100);
    assert_int_equal(input.delta_y, -100);
}

static void
legacy_moves_scrolls_and_keys_are_read(void **state)
{
    assert_int_equal(legacy(BYTES(1, 4, 0, 0x7e, 2, 0x66, 1)), 7);
    assert_int_equal(input.kind, HP_INPUT_MOVE);
    assert_int_equal(input.x, 0x27e);
    assert_int_equal(input.y, 0x166);
    assert_int_equal(legacy(BYTES(2, 4, 0, 0, 0, 0xf6, 0xff)), 7);
    assert_int_equal(input.kind, HP_INPUT_SCROLL);
    assert_int_equal(input.delta_y, -10);
    assert_int_equal(legacy(BYTES(3, 8, 0, 0x0d, 0xff, 0, 0, 0, 0, 0, 0)), 11);
    assert_int_equal(input.kind, HP_INPUT_KEY_DOWN);
    assert_int_equal(input.keysym, 0xff0d);
}

static void
legacy_keys_below_8_are_mouse_buttons(void **state)
{
    assert_int_equal(legacy(BYTES(3, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0)), 11);
    assert_int_equal(input.kind, HP_INPUT_BUTTON_DOWN);
    assert_int_equal(input.button, 1);
    assert_int_equal(legacy(BYTES(4, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0)), 11);
    assert_int_equal(input.kind, HP_INPUT_BUTTON_UP);
    assert_int_equal(input.button, 7);
    assert_int_equal(legacy(BYTES(4, 8, 0, 8, 0, 0, 0, 0, 0, 0, 0)), 11);
    assert_int_equal(input.kind, HP_INPUT_KEY_UP);
    assert_int_equal(input.keysym, 8);
}

static void
short_unknown_and_absurd_messages_are_refused(void **state)
{
    assert_int_equal(v3(BYTES(1, 0)), -1);
    assert_int_equal(v3(BYTES(1, 0, 4, 0, 5, 0)), -1);
    assert_int_equal(v3(BYTES(0, 0, 4, 0, 0, 0, 0)), -1);
    assert_int_equal(v3(BYTES(11, 0, 4, 0, 0, 0, 0)), -1);
    assert_int_equal(v3(BYTES(5, 0, 4, 0, 0, 0, 0)), -1);
    assert_int_equal(v3(BYTES(5, 0, 4, 0, 0, 1, 0)), -1);
    assert_int_equal(v3(BYTES(3, 0, 4, 0, 0, 0, 0)), -1);
    assert_int_equal(legacy(BYTES(5, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0)), -1);
    assert_int_equal(legacy(BYTES(3, 8, 0, 1, 0, 0, 0, 0, 0, 0)), -1);
    assert_int_equal(legacy(BYTES(3, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0)), -1);
    assert_int_equal(legacy(BYTES(3, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0)), -1);
}

static void
cursor_messages_count_their_header(void **state)
{
    uint8_t position[HP_INPUT_CURSOR_POSITION_SIZE];
    assert_int_equal(hp_input_write_cursor_position(position, 0x102, 0x304), 7);
    assert_memory_equal(position, ((const uint8_t[]){ 1, 0, 7, 1, 2, 3, 4 }), 7);
    uint8_t image[HP_INPUT_CURSOR_IMAGE_HEADER_SIZE];
    assert_int_equal(hp_input_write_cursor_image_header(image, 24, 25, 1, 2, 100), 11);
    assert_memory_equal(image, ((const uint8_t[]){ 2, 0, 111, 0, 24, 0, 25, 0, 1, 0, 2 }), 11);
    hp_input_write_cursor_image_header(image, 24, 25, 1, 2, HP_INPUT_PNG_SIZE_MAX);
    assert_memory_equal(image, ((const uint8_t[]){ 2, 0xff, 0xff }), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v3_moves_and_scrolls_are_read),
        cmocka_unit_test(a_v3_scroll_of_length_4_has_no_control_key),
        cmocka_unit_test(v3_keys_and_buttons_are_read),
        cmocka_unit_test(v3_touches_are_read),
        cmocka_unit_test(our_own_sign_of_life_has_no_payload),
        cmocka_unit_test(a_v3_ping_is_answered_with_both_times),
        cmocka_unit_test(scrolls_are_clamped_in_both_dialects),
        cmocka_unit_test(legacy_moves_scrolls_and_keys_are_read),
        cmocka_unit_test(legacy_keys_below_8_are_mouse_buttons),
        cmocka_unit_test(short_unknown_and_absurd_messages_are_refused),
        cmocka_unit_test(cursor_messages_count_their_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

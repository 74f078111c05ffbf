// Tests of wire/tunnel.c.
#include "wire/tunnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool
read(const void *data, size_t size)
{
    struct hp_tunnel_message message;
    return hp_tunnel_read(data, size, &message);
}

static void
messages_of_clients_are_read(void **state)
{
    struct hp_tunnel_message message;
    (void) state;
    assert_true(hp_tunnel_read((const uint8_t *) "\x01{}", 3, &message));
    assert_int_equal(message.type, HP_TUNNEL_HELLO);
    assert_int_equal(message.size, 2);
    assert_memory_equal(message.body, "{}", 2);
    assert_true(hp_tunnel_read((const uint8_t *) "\x02\x80\x01\x02\x03", 5, &message));
    assert_int_equal(message.type, HP_TUNNEL_RECEIVED);
    assert_int_equal(message.received, 0x80010203);
    assert_true(hp_tunnel_read((const uint8_t *) "\x03", 1, &message));
    assert_int_equal(message.type, HP_TUNNEL_KEYFRAME);
    assert_true(hp_tunnel_read((const uint8_t *) "\x04move", 5, &message));
    assert_int_equal(message.type, HP_TUNNEL_DATA);
    assert_int_equal(message.size, 4);
}

static void
other_types_and_sizes_are_refused(void **state)
{
    static uint8_t large[HP_TUNNEL_HELLO_MAX + 1] = { HP_TUNNEL_HELLO };
    (void) state;
    assert_false(read("", 0));
    for (unsigned type = 0; type < 256; type++) {
        const uint8_t data[] = { (uint8_t) type, 0, 0, 0, 0, 0 };
        bool is_known = type == HP_TUNNEL_HELLO || type == HP_TUNNEL_DATA;
        assert_int_equal(read(data, sizeof(data)), is_known);
    }
    assert_true(read(large, HP_TUNNEL_HELLO_MAX));
    assert_false(read(large, HP_TUNNEL_HELLO_MAX + 1));
    assert_false(read("\x01", 1));
    assert_false(read("\x02\0\0\0", 4));
    assert_false(read("\x03\0", 2));
    assert_false(read("\x04", 1));
    large[0] = HP_TUNNEL_DATA;
    assert_true(read(large, HP_TUNNEL_DATA_MAX));
    assert_false(read(large, HP_TUNNEL_DATA_MAX + 1));
}

static void
a_header_has_16_bytes(void **state)
{
    static const uint8_t picture[] = { 0x11, 1, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0 };
    static const uint8_t sound[HP_TUNNEL_HEADER_SIZE] = { 0x12, 0, 0xff, 0xff, 0xff, 0xff };
    uint8_t header[HP_TUNNEL_HEADER_SIZE];
    (void) state;
    hp_tunnel_write_header(header, HP_TRACK_VIDEO, true, 0x102, INT64_C(0x100000003));
    assert_memory_equal(header, picture, sizeof(picture));
    hp_tunnel_write_header(header, HP_TRACK_AUDIO, false, UINT32_MAX, 0);
    assert_memory_equal(header, sound, sizeof(sound));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_clients_are_read),
        cmocka_unit_test(other_types_and_sizes_are_refused),
        cmocka_unit_test(a_header_has_16_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

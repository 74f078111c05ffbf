// Tests of relay/wrapper.c.
#include "relay/wrapper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/client.h"
#include "relay/message.h"

static void
channel_data_is_read_as_it_was_written(void **state)
{
    struct hp_wrapper wrapper;
    struct hp_addr peer = client_addr("10.0.0.1", 8080);
    uint8_t message[64];
    uint16_t channel;
    const uint8_t *data;
    size_t size;
    hp_wrapper_init(&wrapper, 0x4001, &peer);
    size_t written =
            hp_wrapper_write(&wrapper, (const uint8_t *) "hello", 5, message, sizeof(message));
    assert_int_equal(written, HP_WRAPPER_CHANNEL_SIZE + 5);
    assert_true(hp_wrapper_read_channel(message, written, &channel, &data, &size));
    assert_int_equal(channel, 0x4001);
    assert_int_equal(size, 5);
    assert_memory_equal(data, "hello", 5);
}

static void
padding_behind_channel_data_is_left_out(void **state)
{
    static const uint8_t message[] = { 0x40, 1, 0, 1, 'x', 0, 0, 0 };
    uint16_t channel;
    const uint8_t *data;
    size_t size;
    assert_true(hp_wrapper_read_channel(message, sizeof(message), &channel, &data, &size));
    assert_int_equal(size, 1);
}

static void
cut_channel_data_is_refused(void **state)
{
    static const uint8_t message[] = { 0x40, 1, 0, 2, 'x', 'y' };
    uint16_t channel;
    const uint8_t *data;
    size_t size;
    for (size_t i = 0; i < sizeof(message); i++) {
        assert_false(hp_wrapper_read_channel(message, i, &channel, &data, &size));
    }
    assert_true(hp_wrapper_read_channel(message, sizeof(message), &channel, &data, &size));
}

// Writes a Data indication, and reads it by our own parser, which libnice's messages pass as well.
static void
assert_indication(const char *ip, const char *text)
{
    struct hp_wrapper wrapper;
    struct hp_message message;
    struct hp_addr peer = client_addr(ip, 8080);
    uint8_t data[256] = { 0 };
    hp_wrapper_init(&wrapper, 0, &peer);
    size_t size = hp_wrapper_write(&wrapper, (const uint8_t *) text, strlen(text), data, 128);
    assert_int_not_equal(size, 0);
    assert_true(hp_message_parse(&message, data, size));
    assert_int_equal(message.kind, STUN_INDICATION);
    assert_int_equal(message.method, STUN_IND_DATA);
    assert_int_equal(message.peer_count, 1);
    assert_true(hp_addr_equal(&message.peers[0], &peer));
    assert_int_equal(message.payload.size, strlen(text));
    assert_memory_equal(message.payload.data, text, strlen(text));
}

static void
an_indication_names_its_peer_and_carries_the_datagram(void **state)
{
    assert_indication("10.0.0.1", "");
    assert_indication("10.0.0.1", "1234");
    assert_indication("10.0.0.1", "12345");
    assert_indication("2001:db8::7", "1234567");
}

static void
what_has_no_room_is_not_written(void **state)
{
    struct hp_wrapper wrapper;
    struct hp_addr peer = client_addr("10.0.0.1", 8080);
    uint8_t data[128], message[128];
    memset(data, 1, sizeof(data));
    hp_wrapper_init(&wrapper, 0x4001, &peer);
    assert_int_equal(hp_wrapper_write(&wrapper, data, 61, message, 64), 0);
    assert_int_equal(hp_wrapper_write(&wrapper, data, 60, message, 64), 64);
    hp_wrapper_init(&wrapper, 0, &peer);
    assert_int_equal(hp_wrapper_write(&wrapper, data, 64 - 36 + 1, message, 64), 0);
    assert_int_equal(hp_wrapper_write(&wrapper, data, 64 - 36, message, 64), 64);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channel_data_is_read_as_it_was_written),
        cmocka_unit_test(padding_behind_channel_data_is_left_out),
        cmocka_unit_test(cut_channel_data_is_refused),
        cmocka_unit_test(an_indication_names_its_peer_and_carries_the_datagram),
        cmocka_unit_test(what_has_no_room_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

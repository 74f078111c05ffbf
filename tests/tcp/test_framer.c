// Tests of tcp/framer.c.
#include "tcp/framer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

static const uint8_t binding[20] = { 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3 };
static const uint8_t framed[22] = { 0, 20, 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3 };

static void
assert_datagram(struct hp_framer *framer, const uint8_t **data, size_t *left,
        const void *expected, size_t expected_size)
{
    static const uint8_t zeroes[HP_SERVICE_SPARE];
    const uint8_t *datagram;
    size_t size;
    assert_int_equal(
            hp_framer_take(framer, data, left, &datagram, &size), HP_FRAMER_DATAGRAM);
    assert_int_equal(size, expected_size);
    assert_memory_equal(datagram, expected, size);
    assert_memory_equal(datagram + size, zeroes, sizeof(zeroes));
}

static enum hp_framer_verdict
take(struct hp_framer *framer, const uint8_t *data, size_t size)
{
    const uint8_t *datagram;
    size_t datagram_size;
    return hp_framer_take(framer, &data, &size, &datagram, &datagram_size);
}

static void
a_frame_that_comes_byte_by_byte_is_one_datagram(void **state)
{
    (void) state;
    struct hp_framer framer = { 0 };
    for (size_t i = 0; i < sizeof(framed) - 1; i++) {
        assert_int_equal(take(&framer, &framed[i], 1), HP_FRAMER_MORE);
    }
    const uint8_t *last = &framed[sizeof(framed) - 1];
    size_t left = 1;
    assert_datagram(&framer, &last, &left, binding, sizeof(binding));
    assert_int_equal(framer.kind, HP_FRAMER_ICE);
}

static void
frames_that_come_together_are_cut_apart(void **state)
{
    (void) state;
    struct hp_framer framer = { 0 };
    uint8_t data[sizeof(framed) + 5 + 2 + 3];
    memcpy(data, framed, sizeof(framed));
    memcpy(data + sizeof(framed), "\0\3abc\0\0\0\1d", 10);
    const uint8_t *next = data;
    size_t left = sizeof(data);
    assert_datagram(&framer, &next, &left, binding, sizeof(binding));
    assert_datagram(&framer, &next, &left, "abc", 3);
    assert_datagram(&framer, &next, &left, "", 0);
    assert_datagram(&framer, &next, &left, "d", 1);
    assert_int_equal(left, 0);
}

static void
what_does_not_begin_with_stun_is_broken(void **state)
{
    (void) state;
    struct hp_framer framer = { 0 };
    const uint8_t data[] = { 0, 20, 0x16, 3, 1, 0, 0, 0, 0, 0, 0 };
    assert_int_equal(take(&framer, data, sizeof(data)), HP_FRAMER_BROKEN);
}

static void
a_first_frame_that_is_shorter_than_its_message_is_broken(void **state)
{
    (void) state;
    struct hp_framer framer = { 0 };
    uint8_t data[sizeof(framed)];
    memcpy(data, framed, sizeof(data));
    data[1] = 3;
    assert_int_equal(take(&framer, data, sizeof(data)), HP_FRAMER_BROKEN);
}

static void
a_frame_that_is_too_large_is_broken_before_it_comes(void **state)
{
    (void) state;
    struct hp_framer framer = { .kind = HP_FRAMER_ICE };
    const uint8_t largest[] = { 1600 >> 8, 1600 & 0xff };
    const uint8_t larger[] = { 1601 >> 8, 1601 & 0xff };
    assert_int_equal(take(&framer, largest, 2), HP_FRAMER_MORE);
    framer = (struct hp_framer){ .kind = HP_FRAMER_ICE };
    assert_int_equal(take(&framer, larger, 2), HP_FRAMER_BROKEN);
}

static void
messages_of_turn_say_their_own_length(void **state)
{
    (void) state;
    struct hp_framer framer = { 0 };
    const uint8_t channel[] = { 0x40, 0x01, 0, 5, 'a', 'b', 'c', 'd', 'e', 0, 0, 0 };
    uint8_t data[2 * sizeof(binding) + sizeof(channel)];
    memcpy(data, binding, sizeof(binding));
    memcpy(data + sizeof(binding), channel, sizeof(channel));
    memcpy(data + sizeof(binding) + sizeof(channel), binding, sizeof(binding));
    const uint8_t *next = data;
    size_t left = sizeof(data);
    assert_datagram(&framer, &next, &left, binding, sizeof(binding));
    assert_datagram(&framer, &next, &left, channel, sizeof(channel));
    assert_datagram(&framer, &next, &left, binding, sizeof(binding));
    assert_int_equal(framer.kind, HP_FRAMER_TURN);
}

static void
a_message_that_turn_does_not_have_is_broken(void **state)
{
    (void) state;
    struct hp_framer framer = { .kind = HP_FRAMER_TURN };
    const uint8_t dtls[] = { 0x16, 1, 0, 4 };
    const uint8_t odd[] = { 0, 1, 0, 3 };
    assert_int_equal(take(&framer, dtls, sizeof(dtls)), HP_FRAMER_BROKEN);
    framer = (struct hp_framer){ .kind = HP_FRAMER_TURN };
    assert_int_equal(take(&framer, odd, sizeof(odd)), HP_FRAMER_BROKEN);
}

static void
a_datagram_is_written_with_its_length(void **state)
{
    (void) state;
    uint8_t data[5];
    assert_int_equal(hp_framer_write(HP_FRAMER_ICE, (const uint8_t *) "abc", 3, data, 5), 5);
    assert_memory_equal(data, "\0\3abc", 5);
    assert_int_equal(hp_framer_write(HP_FRAMER_ICE, (const uint8_t *) "abc", 3, data, 4), 0);
}

static void
channel_data_is_padded_and_stun_is_not(void **state)
{
    (void) state;
    uint8_t data[32];
    memset(data, 0xff, sizeof(data));
    assert_int_equal(
            hp_framer_write(HP_FRAMER_TURN, (const uint8_t *) "\100\1\0\1a", 5, data, 8), 8);
    assert_memory_equal(data, "\100\1\0\1a\0\0\0", 8);
    assert_int_equal(hp_framer_write(HP_FRAMER_TURN, binding, sizeof(binding), data, 20), 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_that_comes_byte_by_byte_is_one_datagram),
        cmocka_unit_test(frames_that_come_together_are_cut_apart),
        cmocka_unit_test(what_does_not_begin_with_stun_is_broken),
        cmocka_unit_test(a_first_frame_that_is_shorter_than_its_message_is_broken),
        cmocka_unit_test(a_frame_that_is_too_large_is_broken_before_it_comes),
        cmocka_unit_test(messages_of_turn_say_their_own_length),
        cmocka_unit_test(a_message_that_turn_does_not_have_is_broken),
        cmocka_unit_test(a_datagram_is_written_with_its_length),
        cmocka_unit_test(channel_data_is_padded_and_stun_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
messages_of_turn_that_come_byte_by_byte_are_whole(void **state)
{
    (void) state;
    struct hp_framer framer = { 0 };
    const uint8_t channel[] = { 0x40, 0x01, 0, 5, 'a', 'b', 'c', 'd', 'e', 0, 0, 0 };
    for (size_t i = 0; i < sizeof(binding) - 1; i++) {
        assert_int_equal(take(&framer, &binding[i], 1), HP_FRAMER_MORE);
    }
    const uint8_t *last = &binding[sizeof(binding) - 1];
    size_t left = 1;
    assert_datagram(&framer, &last, &left, binding, sizeof(binding));
    for (size_t i = 0; i < sizeof(channel) - 1; i++) {
        assert_int_equal(take(&framer, &channel[i], 1), HP_FRAMER_MORE);
    }
    last = &channel[sizeof(channel) - 1];
    left = 1;
    assert_datagram(&framer, &last, &left, channel, sizeof(channel));
}

static void
a_message_of_turn_that_is_too_large_is_broken_before_it_comes(void **state)
{
    (void) state;
    struct hp_framer framer = { .kind = HP_FRAMER_TURN };
    const uint8_t most[] = { 0x40, 1, HP_FRAMER_DATAGRAM_MAX >> 8, HP_FRAMER_DATAGRAM_MAX & 0xff };
    const uint8_t more[] = { 0x40, 1, most[2], most[3] + 1 };
    assert_int_equal(take(&framer, most, sizeof(most)), HP_FRAMER_MORE);
    framer = (struct hp_framer){ .kind = HP_FRAMER_TURN };
    assert_int_equal(take(&framer, more, sizeof(more)), HP_FRAMER_BROKEN);
}

static void
what_turn_has_wrapped_is_media_if_its_inside_is(void **state)
{
    (void) state;
    const uint8_t rtp[] = { 0x40, 1, 0, 1, 0x80 }, check[] = { 0x40, 1, 0, 1, 0 };
    const uint8_t empty[] = { 0x40, 1, 0, 0 };
    uint8_t data[] = { 0, 0x17, 0, 20, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        12, 0, 0x12, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0x13, 0, 1, 0x80, 0, 0, 0 };
    assert_true(hp_framer_is_media(HP_FRAMER_TURN, rtp, sizeof(rtp)));
    assert_false(hp_framer_is_media(HP_FRAMER_TURN, check, sizeof(check)));
    assert_false(hp_framer_is_media(HP_FRAMER_TURN, empty, sizeof(empty)));
    assert_true(hp_framer_is_media(HP_FRAMER_TURN, data, sizeof(data)));
    data[36] = 1;
    assert_false(hp_framer_is_media(HP_FRAMER_TURN, data, sizeof(data)));
    data[23] = 0xff; // an attribute that reaches beyond the end
    assert_false(hp_framer_is_media(HP_FRAMER_TURN, data, sizeof(data)));
    assert_false(hp_framer_is_media(HP_FRAMER_TURN, binding, sizeof(binding)));
    assert_true(hp_framer_is_media(HP_FRAMER_ICE, rtp, 1));
    assert_false(hp_framer_is_media(HP_FRAMER_ICE, binding, sizeof(binding)));
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
        cmocka_unit_test(messages_of_turn_that_come_byte_by_byte_are_whole),
        cmocka_unit_test(a_message_of_turn_that_is_too_large_is_broken_before_it_comes),
        cmocka_unit_test(what_turn_has_wrapped_is_media_if_its_inside_is),
        cmocka_unit_test(a_message_that_turn_does_not_have_is_broken),
        cmocka_unit_test(a_datagram_is_written_with_its_length),
        cmocka_unit_test(channel_data_is_padded_and_stun_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of wire/twcc.c.
#include "wire/twcc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/rtcp.h"

static struct hp_twcc feedback;

static ssize_t
parse(const uint8_t *data, size_t size)
{
    struct hp_rtcp_packet packet;
    assert_int_equal(hp_rtcp_next(data, size, &packet), size);
    return hp_twcc_parse(&packet, &feedback);
}

static void
a_run_of_small_deltas_is_read(void **state)
{
    // Base 65535, 3 packets, reference 2, feedback 7; run of 3 small; 4, 0 and 255 quarters of ms.
    static const uint8_t data[] = { 0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0, 3, 0, 0,
        2, 7, 0x20, 0x03, 4, 0, 255, 0, 0, 0 };
    assert_int_equal(parse(data, sizeof(data)), sizeof(data));
    assert_int_equal(feedback.media_ssrc, 2);
    assert_int_equal(feedback.feedback_count, 7);
    assert_int_equal(feedback.reference_us, 128000);
    assert_int_equal(feedback.item_count, 3);
    assert_int_equal(feedback.items[0].seq, 65535);
    assert_int_equal(feedback.items[1].seq, 0);
    assert_int_equal(feedback.items[0].delta_us, 1000);
    assert_int_equal(feedback.items[1].delta_us, 0);
    assert_int_equal(feedback.items[2].delta_us, 63750);
    assert_true(feedback.items[2].is_received);
}

// As Chromium and Firefox send it: with a padding that is no multiple of four.
static void
feedback_of_browsers_is_read(void **state)
{
    static const uint8_t chromium[] = {
        0xaf, 0xcd, 0x00, 0x0e, 0xfa, 0x17, 0xfa, 0x17, 0xdc, 0xbd, 0x91, 0xdf, 0x0a, 0x07, 0x00,
        0x22, 0x03, 0x36, 0x86, 0x73, 0x9f, 0xff, 0x20, 0x0e, 0xc5, 0x54, 0x17, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0x41, 0x10, 0x41, 0x0f, 0x13,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x02
    };
    static const uint8_t firefox[] = {
        0xaf, 0xcd, 0x00, 0x13, 0xc2, 0x66, 0x3b, 0xb5, 0x7c, 0x48, 0x97, 0x6c, 0x00, 0x01, 0x00,
        0x37, 0x00, 0x10, 0x64, 0x00, 0x20, 0x37, 0x41, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x04, 0x00, 0x00, 0x03
    };
    assert_true(parse(chromium, sizeof(chromium)) > 0);
    assert_int_equal(feedback.item_count, 34);
    assert_int_equal(feedback.feedback_count, 0x73);
    for (unsigned i = 0; i < feedback.item_count; i++) {
        assert_int_equal(feedback.items[i].seq, 0x0a07 + i);
        assert_int_equal(feedback.items[i].is_received, i != 0 && i != 28);
    }
    assert_true(parse(firefox, sizeof(firefox)) > 0);
    assert_int_equal(feedback.item_count, 55);
    for (unsigned i = 0; i < feedback.item_count; i++) {
        assert_true(feedback.items[i].is_received);
    }
}

static void
a_vector_of_two_bit_symbols_has_losses_and_large_deltas(void **state)
{
    // 4 packets: small, lost, large (-2), lost. Symbols 01 00 10 00 00 00 00.
    static const uint8_t data[] = { 0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0, 4, 0xff,
        0xff, 0xff, 0, 0xd2, 0x00, 1, 0xff, 0xfe, 0, 0, 0 };
    assert_true(parse(data, sizeof(data)) > 0);
    assert_int_equal(feedback.reference_us, -64000);
    assert_int_equal(feedback.item_count, 4);
    assert_true(feedback.items[0].is_received);
    assert_int_equal(feedback.items[0].delta_us, 250);
    assert_false(feedback.items[1].is_received);
    assert_true(feedback.items[2].is_received);
    assert_int_equal(feedback.items[2].delta_us, -500);
    assert_false(feedback.items[3].is_received);
    assert_int_equal(feedback.items[3].seq, 13);
}

static void
a_vector_of_one_bit_symbols_is_read(void **state)
{
    // 15 packets: 10000000000001 in one chunk, then a run of one lost.
    static const uint8_t data[] = { 0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 15, 0, 0, 0,
        0, 0xa0, 0x01, 0x00, 0x01, 1, 2, 0, 0 };
    assert_true(parse(data, sizeof(data)) > 0);
    assert_int_equal(feedback.item_count, 15);
    unsigned received = 0;
    for (unsigned i = 0; i < 15; i++) {
        received += feedback.items[i].is_received;
    }
    assert_int_equal(received, 2);
    assert_int_equal(feedback.items[13].delta_us, 500);
}

static void
missing_chunks_and_deltas_are_refused(void **state)
{
    static const uint8_t no_chunk[] = { 0x8f, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0,
        0, 0 };
    assert_int_equal(parse(no_chunk, sizeof(no_chunk)), -1);
    static const uint8_t no_delta[] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0,
        0, 0, 0x20, 0x03, 1, 1 };
    assert_int_equal(parse(no_delta, sizeof(no_delta)), -1);
}

static void
reserved_symbols_and_endless_runs_are_refused(void **state)
{
    static const uint8_t reserved[] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0,
        0, 0, 0x60, 0x01, 1, 1 };
    assert_int_equal(parse(reserved, sizeof(reserved)), -1);
    static const uint8_t endless[] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0,
        0, 0, 0, 0x1f, 0xff, 0x1f, 0xff };
    assert_int_equal(parse(endless, sizeof(endless)), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_small_deltas_is_read),
        cmocka_unit_test(feedback_of_browsers_is_read),
        cmocka_unit_test(a_vector_of_two_bit_symbols_has_losses_and_large_deltas),
        cmocka_unit_test(a_vector_of_one_bit_symbols_is_read),
        cmocka_unit_test(missing_chunks_and_deltas_are_refused),
        cmocka_unit_test(reserved_symbols_and_endless_runs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of wire/dcep.c.
#include "wire/dcep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
an_open_of_a_browser_is_read(void **state)
{
    // What Chromium sends for createDataChannel("data"): reliable, priority 256.
    static const uint8_t data[] = { 3, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 'd', 'a', 't', 'a' };
    struct hp_dcep_open open;
    assert_int_equal(hp_dcep_parse_open(data, sizeof(data), &open), sizeof(data));
    assert_string_equal(open.label, "data");
    assert_string_equal(open.protocol, "");
    assert_int_equal(open.reliability, HP_DCEP_RELIABLE);
    assert_false(open.is_unordered);
    assert_int_equal(open.priority, 256);
}

static void
what_is_written_is_read_again(void **state)
{
    struct hp_dcep_open open = { .reliability = HP_DCEP_MAX_LIFETIME, .is_unordered = true };
    open.reliability_value = 500;
    memset(open.label, 'l', HP_DCEP_TEXT_MAX);
    memset(open.protocol, 'p', HP_DCEP_TEXT_MAX);
    uint8_t data[HP_DCEP_OPEN_SIZE_MAX];
    assert_int_equal(hp_dcep_write_open(data, sizeof(data), &open), sizeof(data));
    struct hp_dcep_open again;
    assert_int_equal(hp_dcep_parse_open(data, sizeof(data), &again), sizeof(data));
    assert_string_equal(again.label, open.label);
    assert_string_equal(again.protocol, open.protocol);
    assert_int_equal(again.reliability, HP_DCEP_MAX_LIFETIME);
    assert_int_equal(again.reliability_value, 500);
    assert_true(again.is_unordered);
    assert_int_equal(hp_dcep_write_open(data, sizeof(data) - 1, &open), -1);
}

static void
a_cut_open_is_refused(void **state)
{
    static const uint8_t data[] = { 3, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 'a', 'b' };
    struct hp_dcep_open open;
    for (size_t size = 0; size < sizeof(data); size++) {
        assert_int_equal(hp_dcep_parse_open(data, size, &open), -1);
    }
}

static void
odd_labels_and_types_are_refused(void **state)
{
    uint8_t data[12 + 256] = { 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };
    struct hp_dcep_open open;
    memset(data + 12, 'a', 256);
    assert_int_equal(hp_dcep_parse_open(data, sizeof(data), &open), -1); // 256 bytes are too many
    data[8] = 0;
    data[9] = 2;
    assert_int_equal(hp_dcep_parse_open(data, sizeof(data), &open), 14);
    data[13] = '\0';
    assert_int_equal(hp_dcep_parse_open(data, sizeof(data), &open), -1);
    data[13] = 'a';
    data[1] = 3;
    assert_int_equal(hp_dcep_parse_open(data, sizeof(data), &open), -1);
}

static void
an_ack_is_one_byte(void **state)
{
    uint8_t data[HP_DCEP_ACK_SIZE];
    assert_int_equal(hp_dcep_write_ack(data), 1);
    assert_int_equal(data[0], 2);
    assert_int_equal(hp_dcep_parse_ack(data, 1), 1);
    assert_int_equal(hp_dcep_parse_ack(data, 0), -1);
    data[0] = 3;
    assert_int_equal(hp_dcep_parse_ack(data, 1), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_of_a_browser_is_read),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_cut_open_is_refused),
        cmocka_unit_test(odd_labels_and_types_are_refused),
        cmocka_unit_test(an_ack_is_one_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of rtc/sent_log.c.
#include "rtc/sent_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct hp_sent_log sent_log;

static int
begin(void **state)
{
    (void) state;
    sent_log = (struct hp_sent_log) { 0 };
    return 0;
}

static void
add(int64_t seq, uint64_t packet, uint32_t count)
{
    struct hp_sent_run run = {
        .first_seq = seq, .first_packet = packet, .count = count,
        .transport_seq = (uint16_t) (seq * 2), .abs_send_time = 7,
    };
    hp_sent_log_add(&sent_log, &run);
}

static void
numbers_are_found_across_a_gap_of_the_stream(void **state)
{
    (void) state;
    struct hp_sent_packet found;
    assert_false(hp_sent_log_find(&sent_log, 10, &found));
    add(10, 1000, 5);
    add(15, 5000, 3); // frames were dropped in between
    assert_true(hp_sent_log_find(&sent_log, 14, &found));
    assert_int_equal(found.packet, 1004);
    assert_int_equal(found.transport_seq, 24);
    assert_true(hp_sent_log_find(&sent_log, 15, &found));
    assert_int_equal(found.packet, 5000);
    assert_false(hp_sent_log_find(&sent_log, 9, &found));
    assert_false(hp_sent_log_find(&sent_log, 18, &found)); // the future
}

static void
numbers_wrap(void **state)
{
    (void) state;
    struct hp_sent_packet found;
    add(65530, 1, 10);
    add(65540, 11, 10);
    assert_true(hp_sent_log_find(&sent_log, 65535, &found));
    assert_int_equal(found.packet, 6);
    assert_int_equal(found.seq, 65535);
    assert_true(hp_sent_log_find(&sent_log, 3, &found));
    assert_int_equal(found.packet, 10);
    assert_int_equal(found.seq, 65539);
}

static void
old_runs_are_forgotten(void **state)
{
    (void) state;
    struct hp_sent_packet found;
    for (int i = 0; i < 5 * HP_SENT_RUNS + 3; i++) {
        add(i * 2, (uint64_t) i * 2 + 100, 2);
    }
    int last = (5 * HP_SENT_RUNS + 3) * 2 - 1;
    assert_true(hp_sent_log_find(&sent_log, (uint16_t) last, &found));
    assert_int_equal(found.packet, last + 100);
    int oldest = last - 2 * HP_SENT_RUNS + 1;
    assert_true(hp_sent_log_find(&sent_log, (uint16_t) oldest, &found));
    assert_int_equal(found.packet, oldest + 100);
    assert_false(hp_sent_log_find(&sent_log, (uint16_t) (oldest - 1), &found));
}

static void
a_packet_is_repeated_now_and_then_only(void **state)
{
    (void) state;
    assert_true(hp_sent_log_may_repeat(&sent_log, 5, 1000, 100, 3));
    assert_false(hp_sent_log_may_repeat(&sent_log, 5, 1050, 100, 3));
    assert_true(hp_sent_log_may_repeat(&sent_log, 5, 1100, 100, 3));
    assert_true(hp_sent_log_may_repeat(&sent_log, 6, 1100, 100, 3));
    assert_true(hp_sent_log_may_repeat(&sent_log, 5, 1200, 100, 3));
    assert_false(hp_sent_log_may_repeat(&sent_log, 5, 9000, 100, 3)); // three times
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_are_found_across_a_gap_of_the_stream, begin),
        cmocka_unit_test_setup(numbers_wrap, begin),
        cmocka_unit_test_setup(old_runs_are_forgotten, begin),
        cmocka_unit_test_setup(a_packet_is_repeated_now_and_then_only, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

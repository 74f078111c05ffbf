// Tests of rtp/sent_log.c.
#include "rtp/sent_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SECOND = 1000 * 1000 };

static const struct hp_stream_id LOW = { .stream = 3, .level = 0 };
static const struct hp_stream_id HIGH = { .stream = 3, .level = 1 };

static struct hp_sent_log sent_log;

static int
begin(void **state)
{
    (void) state;
    sent_log = (struct hp_sent_log) { 0 };
    return 0;
}

static int
end(void **state)
{
    (void) state;
    hp_sent_log_finish(&sent_log);
    return 0;
}

static void
add_of(struct hp_stream_id id, int64_t seq, uint64_t packet, uint32_t count)
{
    struct hp_sent_run run = {
        .id = id, .first_seq = seq, .first_packet = packet, .count = count,
        .timestamp = (uint32_t) packet * 10, .transport_seq = (uint16_t) (seq * 2),
        .abs_send_time = 7, .sent_us = 7,
    };
    hp_sent_log_add(&sent_log, &run);
}

static void
add(int64_t seq, uint64_t packet, uint32_t count)
{
    add_of(LOW, seq, packet, count);
}

static void
a_packet_is_found_with_its_level_and_the_time_it_went_out_with(void **state)
{
    (void) state;
    struct hp_sent_packet found;
    add_of(LOW, 10, 1000, 5);
    add_of(HIGH, 15, 1002, 3); // levels number their packets each for itself
    assert_true(hp_sent_log_find(&sent_log, 12, &found));
    assert_true(hp_stream_id_equal(found.id, LOW));
    assert_int_equal(found.packet, 1002);
    assert_int_equal(found.timestamp, 10000);
    assert_true(hp_sent_log_find(&sent_log, 15, &found));
    assert_true(hp_stream_id_equal(found.id, HIGH));
    assert_int_equal(found.packet, 1002);
    assert_int_equal(found.timestamp, 10020);
    assert_true(hp_sent_log_find_number(&sent_log, 22, 7, &found));
    assert_true(hp_stream_id_equal(found.id, LOW));
    assert_int_equal(found.seq, 12);
    assert_true(hp_sent_log_find_number(&sent_log, 31, 7, &found));
    assert_true(hp_stream_id_equal(found.id, HIGH));
    assert_int_equal(found.seq, 16);
    assert_int_equal(found.timestamp, 10020);
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
    assert_true(hp_sent_log_may_repeat(&sent_log, 5, 1000, 100, 3)); // it did not go out
    hp_sent_log_note_repeat(&sent_log, 5, 1000);
    assert_false(hp_sent_log_may_repeat(&sent_log, 5, 1050, 100, 3));
    assert_true(hp_sent_log_may_repeat(&sent_log, 5, 1100, 100, 3));
    assert_true(hp_sent_log_may_repeat(&sent_log, 6, 1050, 100, 3));
    hp_sent_log_note_repeat(&sent_log, 5, 1100);
    hp_sent_log_note_repeat(&sent_log, 5, 1200);
    assert_false(hp_sent_log_may_repeat(&sent_log, 5, 9000, 100, 3)); // three times
}

static void
a_transport_number_finds_what_went_out_as_it(void **state)
{
    (void) state;
    struct hp_sent_packet found;
    struct hp_sent_run run = {
        .first_seq = 20, .first_packet = 100, .count = 5,
        .transport_seq = 65534, .sent_us = 7,
    };
    hp_sent_log_add(&sent_log, &run);
    run = (struct hp_sent_run) {
        .first_seq = 25, .first_packet = 105, .count = 2,
        .transport_seq = 10, .sent_us = SECOND + 7,
    };
    hp_sent_log_add(&sent_log, &run);
    int64_t now = SECOND + 7;
    assert_true(hp_sent_log_find_number(&sent_log, 0, now, &found));
    assert_int_equal(found.seq, 22);
    assert_int_equal(found.packet, 102);
    assert_true(hp_sent_log_find_number(&sent_log, 11, now, &found));
    assert_int_equal(found.seq, 26);
    assert_false(hp_sent_log_find_number(&sent_log, 5, now, &found)); // was another track's
    assert_false(hp_sent_log_find_number(&sent_log, 12, now, &found));
    assert_false(hp_sent_log_find_number(&sent_log, 0, now + 1, &found)); // too long ago
    assert_true(hp_sent_log_find_number(&sent_log, 11, now + 1, &found));
}

static void
only_the_last_transmission_can_get_lost(void **state)
{
    (void) state;
    struct hp_sent_packet found;
    add(10, 1000, 5);
    assert_true(hp_sent_log_find_number(&sent_log, 21, 7, &found));
    assert_int_equal(found.seq, 11);
    hp_sent_log_note_repeat(&sent_log, 11, 10);
    assert_false(hp_sent_log_find_number(&sent_log, 21, 10, &found)); // is under way again
    hp_sent_log_note_number(&sent_log, 11, 500);
    assert_true(hp_sent_log_find_number(&sent_log, 500, 20, &found));
    assert_int_equal(found.seq, 11);
    assert_int_equal(found.packet, 1001);
    hp_sent_log_note_repeat(&sent_log, 11, 30);
    hp_sent_log_note_number(&sent_log, 11, 600);
    assert_false(hp_sent_log_find_number(&sent_log, 500, 40, &found));
    assert_true(hp_sent_log_find_number(&sent_log, 600, 40, &found));
    assert_false(hp_sent_log_find_number(&sent_log, 600, 40 + SECOND, &found)); // too long ago
    assert_false(hp_sent_log_find_number(&sent_log, 600 + HP_SENT_NUMBERS, 7, &found));
}

static unsigned
fill_at(unsigned rate)
{
    sent_log = (struct hp_sent_log) { 0 };
    for (unsigned i = 0; i < 10 * rate; i++) {
        struct hp_sent_run run = {
            .id = LOW, .first_seq = i, .first_packet = i, .count = 1,
            .sent_us = (int64_t) i * SECOND / rate,
        };
        hp_sent_log_add(&sent_log, &run);
    }
    struct hp_sent_packet found;
    unsigned last = 10 * rate - 1;
    assert_true(hp_sent_log_find(&sent_log, (uint16_t) last, &found));
    assert_true(hp_sent_log_find(&sent_log, (uint16_t) (last - 2 * rate + 1), &found));
    assert_int_equal(found.packet, last - 2 * rate + 1);
    assert_null(sent_log.again);
    unsigned capacity = sent_log.capacity;
    hp_sent_log_finish(&sent_log);
    return capacity;
}

static void
the_log_is_as_large_as_its_use_and_reaches_two_seconds_back(void **state)
{
    (void) state;
    assert_int_equal(fill_at(1), 16);
    assert_int_equal(fill_at(30), 64);
    assert_int_equal(fill_at(60), 128);
    assert_int_equal(fill_at(120), 256);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                a_packet_is_found_with_its_level_and_the_time_it_went_out_with, begin, end),
        cmocka_unit_test_setup_teardown(numbers_are_found_across_a_gap_of_the_stream, begin, end),
        cmocka_unit_test_setup_teardown(
                the_log_is_as_large_as_its_use_and_reaches_two_seconds_back, begin, end),
        cmocka_unit_test_setup_teardown(numbers_wrap, begin, end),
        cmocka_unit_test_setup_teardown(old_runs_are_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(a_packet_is_repeated_now_and_then_only, begin, end),
        cmocka_unit_test_setup_teardown(a_transport_number_finds_what_went_out_as_it, begin, end),
        cmocka_unit_test_setup_teardown(only_the_last_transmission_can_get_lost, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

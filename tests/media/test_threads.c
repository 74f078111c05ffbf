// Tests of media/threads.c.
#include "media/threads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/meter.h"

enum {
    INTERVAL_US = 16666,
    MINUTE_US = 60 * 1000 * 1000,
    QHD = 2560 * 1440
};

static int64_t now_us;

static bool
note_of(struct hp_threads *threads, int64_t p95_us, unsigned count, int64_t pixels)
{
    const struct hp_effort effort = {
        .threads = count, .pixels = pixels, .interval_us = INTERVAL_US, .p95_us = p95_us
    };
    now_us += 1000 * 1000;
    return hp_threads_note(threads, &effort, now_us);
}

// Of the number of threads in force.
static bool
note(struct hp_threads *threads, int64_t p95_us)
{
    return note_of(threads, p95_us, threads->count, QHD);
}

static void
one_thread_encodes_first(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    assert_int_equal(threads.count, 1);
}

static void
one_thread_that_keeps_the_rate_stays(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    for (int i = 0; i < 100; i++) {
        assert_false(note(&threads, INTERVAL_US));
    }
    assert_int_equal(threads.count, 1);
}

static void
one_thread_that_misses_the_rate_twice_in_a_row_becomes_two(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    assert_false(note(&threads, 20000));
    assert_false(note(&threads, 10000));
    assert_false(note(&threads, 20000));
    assert_int_equal(threads.count, 1);
    assert_true(note(&threads, 20000));
    assert_int_equal(threads.count, 2);
}

static void
up_to_1080p_one_thread_stays_however_slow(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    for (int i = 0; i < 100; i++) {
        assert_false(note_of(&threads, 90000, 1, 1920 * 1080));
    }
    assert_int_equal(threads.count, 1);
}

static void
half_of_the_processors_are_left_to_the_desktop(void **state)
{
    struct hp_threads threads;
    (void) state;
    for (unsigned processors = 0; processors < 4; processors++) {
        hp_threads_init(&threads, processors);
        for (int i = 0; i < 10; i++) {
            assert_false(note(&threads, 90000));
        }
        assert_int_equal(threads.count, 1);
    }
    hp_threads_init(&threads, 4);
    assert_false(note(&threads, 90000));
    assert_true(note(&threads, 90000));
    assert_int_equal(threads.count, 2);
}

static void
begin_trial(struct hp_threads *threads, int64_t p95_us)
{
    assert_false(note(threads, p95_us));
    assert_true(note(threads, p95_us));
}

static void
more_threads_that_are_faster_stay(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 4);
    begin_trial(&threads, 20000);
    for (int i = 0; i < 100; i++) {
        assert_false(note(&threads, 18000));
    }
    assert_int_equal(threads.count, 2);
    assert_false(note(&threads, 1000)); // a screen that hardly moves is no reason to change back
    assert_false(note(&threads, 90000));
    assert_int_equal(threads.count, 2);
}

static void
more_threads_that_are_not_faster_by_a_tenth_go_again(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    begin_trial(&threads, 20000);
    assert_false(note(&threads, 18001));
    assert_true(note(&threads, 18001));
    assert_int_equal(threads.count, 1);
}

static void
after_a_trial_that_failed_the_next_one_comes_in_ten_minutes(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    begin_trial(&threads, 20000);
    assert_false(note(&threads, 30000));
    assert_true(note(&threads, 30000));
    int64_t failed_us = now_us;
    while (now_us < failed_us + 10 * (int64_t) MINUTE_US - 1000 * 1000) {
        assert_false(note(&threads, 90000));
    }
    assert_false(note(&threads, 90000));
    assert_true(note(&threads, 90000));
    assert_int_equal(threads.count, 2);
}

static void
two_threads_that_miss_the_rate_become_four_and_no_more(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 64);
    begin_trial(&threads, 90000);
    assert_false(note(&threads, 50000));
    assert_false(note(&threads, 50000));
    begin_trial(&threads, 50000);
    assert_int_equal(threads.count, 4);
    for (int i = 0; i < 10; i++) {
        assert_false(note(&threads, 30000));
    }
    assert_int_equal(threads.count, 4);
}

static void
four_threads_that_are_not_faster_become_two(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 8);
    begin_trial(&threads, 90000);
    assert_false(note(&threads, 50000));
    assert_false(note(&threads, 50000));
    begin_trial(&threads, 50000);
    assert_false(note(&threads, 50000));
    assert_true(note(&threads, 50000));
    assert_int_equal(threads.count, 2);
}

static void
what_the_replaced_encoder_took_says_nothing_of_the_new_one(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 4);
    begin_trial(&threads, 20000);
    assert_false(note_of(&threads, 90000, 1, QHD));
    assert_false(note(&threads, 10000));
    assert_false(note_of(&threads, 90000, 1, QHD));
    assert_false(note(&threads, 10000));
    assert_int_equal(threads.count, 2);
}

static void
a_smaller_screen_has_one_thread_again(void **state)
{
    struct hp_threads threads;
    (void) state;
    hp_threads_init(&threads, 4);
    begin_trial(&threads, 20000);
    assert_true(note_of(&threads, 1000, 2, 1280 * 720));
    assert_int_equal(threads.count, 1);
    begin_trial(&threads, 20000); // a large one again
    assert_int_equal(threads.count, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_encodes_first),
        cmocka_unit_test(one_thread_that_keeps_the_rate_stays),
        cmocka_unit_test(one_thread_that_misses_the_rate_twice_in_a_row_becomes_two),
        cmocka_unit_test(up_to_1080p_one_thread_stays_however_slow),
        cmocka_unit_test(half_of_the_processors_are_left_to_the_desktop),
        cmocka_unit_test(more_threads_that_are_faster_stay),
        cmocka_unit_test(more_threads_that_are_not_faster_by_a_tenth_go_again),
        cmocka_unit_test(after_a_trial_that_failed_the_next_one_comes_in_ten_minutes),
        cmocka_unit_test(two_threads_that_miss_the_rate_become_four_and_no_more),
        cmocka_unit_test(four_threads_that_are_not_faster_become_two),
        cmocka_unit_test(what_the_replaced_encoder_took_says_nothing_of_the_new_one),
        cmocka_unit_test(a_smaller_screen_has_one_thread_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

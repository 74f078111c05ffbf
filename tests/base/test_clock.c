// Tests of base/clock.c.
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static int64_t
always_seven(void)
{
    return 7;
}

static void
time_does_not_go_back(void **state)
{
    (void) state;
    int64_t before = hp_clock_now_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now = hp_clock_now_us();
        assert_true(now >= before);
        before = now;
    }
}

static void
wall_time_is_unix_time_in_microseconds(void **state)
{
    (void) state;
    int64_t now_us = hp_clock_now_us();
    int64_t wall_us = hp_clock_wall_us(now_us);
    assert_in_range(wall_us / 1000000 - (int64_t) time(NULL) + 2, 0, 4);
    int64_t earlier_us = wall_us - hp_clock_wall_us(now_us - 3600000000);
    assert_in_range(earlier_us, 3600000000 - 1000000, 3600000000 + 1000000);
}

static void
ntp_time_is_the_wall_clocks(void **state)
{
    (void) state;
    int64_t now_us = hp_clock_now_us();
    uint64_t ntp = hp_clock_ntp(now_us);
    int64_t unix_seconds = (int64_t) (ntp >> 32) - INT64_C(2208988800);
    assert_in_range(unix_seconds - (int64_t) time(NULL) + 2, 0, 4);
    uint64_t later = hp_clock_ntp(now_us + 500000);
    uint64_t difference = later - ntp; // half a second is 2^31 of the fraction
    assert_in_range(difference, (UINT64_C(1) << 31) - 4300000, (UINT64_C(1) << 31) + 4300000);
}

static void
tests_may_set_the_time(void **state)
{
    (void) state;
    hp_clock_fake(always_seven);
    assert_int_equal(hp_clock_now_us(), 7);
    hp_clock_fake(NULL);
    assert_true(hp_clock_now_us() > 7);
}

static int64_t silence_now_us;

static int64_t
tell_silence_time(void)
{
    return silence_now_us;
}

static void
silence_counts_from_the_end_of_the_last_pause(void **state)
{
    (void) state;
    hp_clock_fake(tell_silence_time);
    silence_now_us = 500;
    assert_int_equal(hp_clock_silence_us(100), 400);
    hp_clock_note_pause();
    silence_now_us = 530;
    assert_int_equal(hp_clock_silence_us(100), 30);
    assert_int_equal(hp_clock_silence_us(510), 20);
    hp_clock_fake(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(wall_time_is_unix_time_in_microseconds),
        cmocka_unit_test(ntp_time_is_the_wall_clocks),
        cmocka_unit_test(silence_counts_from_the_end_of_the_last_pause),
        cmocka_unit_test(tests_may_set_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

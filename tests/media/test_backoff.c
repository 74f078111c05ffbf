// Tests of media/backoff.c.
#include "media/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
delays_double_up_to_ten_seconds(void **state)
{
    static const int64_t expected_ms[] = { 500, 1000, 2000, 4000, 8000, 10000, 10000 };
    struct hp_backoff backoff = { 0 };
    (void) state;
    for (size_t i = 0; i < sizeof(expected_ms) / sizeof(expected_ms[0]); i++) {
        assert_int_equal(hp_backoff_next(&backoff, 1000 * 1000), expected_ms[i] * 1000);
    }
}

static void
a_good_run_makes_the_next_delay_short_again(void **state)
{
    struct hp_backoff backoff = { 0 };
    (void) state;
    hp_backoff_next(&backoff, 0);
    hp_backoff_next(&backoff, 0);
    assert_int_equal(hp_backoff_next(&backoff, 9999 * 1000), 2000 * 1000);
    assert_int_equal(hp_backoff_next(&backoff, 10 * 1000 * 1000), 500 * 1000);
    assert_int_equal(hp_backoff_next(&backoff, 0), 1000 * 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_ten_seconds),
        cmocka_unit_test(a_good_run_makes_the_next_delay_short_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

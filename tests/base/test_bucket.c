// Tests of base/bucket.c.
#include "base/bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static int64_t fake_now_us;

static int64_t
now_us(void)
{
    return fake_now_us;
}

static void
a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
    struct hp_bucket bucket;
    unsigned taken = 0;
    (void) state;
    fake_now_us = 0;
    hp_clock_fake(now_us);
    hp_bucket_init(&bucket, 10, 5);
    for (int i = 0; i < 100; i++) {
        taken += hp_bucket_take(&bucket, 1);
    }
    assert_int_equal(taken, 5);
    for (int i = 0; i < 100; i++) {
        fake_now_us += 10000; // a second in all
        taken += hp_bucket_take(&bucket, 1);
    }
    assert_in_range(taken, 14, 15);
    fake_now_us += 3600 * (int64_t) 1000000;
    assert_false(hp_bucket_take(&bucket, 6)); // never more than the burst
    assert_true(hp_bucket_take(&bucket, 5));
    hp_clock_fake(NULL);
}

static void
a_bucket_tells_the_whole_seconds_until_it_gives_again(void **state)
{
    struct hp_bucket bucket;
    (void) state;
    fake_now_us = 0;
    hp_clock_fake(now_us);
    hp_bucket_init(&bucket, 2, 10);
    assert_int_equal(hp_bucket_wait_s(&bucket, 10), 1); // never 0, which means: ask at once
    assert_true(hp_bucket_take(&bucket, 10));
    assert_int_equal(hp_bucket_wait_s(&bucket, 1), 1);
    assert_int_equal(hp_bucket_wait_s(&bucket, 9), 5);
    assert_int_equal(hp_bucket_wait_s(&bucket, 10), 5);
    fake_now_us += 4 * 1000000;
    assert_int_equal(hp_bucket_wait_s(&bucket, 10), 1);
    assert_true(hp_bucket_take(&bucket, 8));
    hp_clock_fake(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_its_burst_and_then_its_rate),
        cmocka_unit_test(a_bucket_tells_the_whole_seconds_until_it_gives_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

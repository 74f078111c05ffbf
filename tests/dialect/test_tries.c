// Tests of dialect/tries.c: failed log-ins per address, by the test's clock.
#include "dialect/tries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

#include "base/clock.h"

enum {
    FAILURES = 10, // that are free
    MAX_ADDRESSES = 4096,
    SECOND_US = 1000000,
};

static int64_t fake_now_us;

static int64_t
now_us(void)
{
    return fake_now_us;
}

static int
begin(void **state)
{
    fake_now_us = 1000 * (int64_t) SECOND_US;
    hp_clock_fake(now_us);
    *state = hp_tries_create();
    return 0;
}

static int
end(void **state)
{
    hp_tries_destroy(*state);
    hp_clock_fake(NULL);
    return 0;
}

static void
fail_often(struct hp_tries *tries, const char *address, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        hp_tries_add_failure(tries, address);
    }
}

// One failure of each of so many addresses.
static void
fill(struct hp_tries *tries, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char address[32];
        g_snprintf(address, sizeof(address), "10.0.%u.%u", i / 256, i % 256);
        hp_tries_add_failure(tries, address);
    }
}

static void
ten_failures_are_free_and_one_comes_back_each_six_seconds(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", FAILURES - 1);
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.1"), 0);
    hp_tries_add_failure(tries, "192.0.2.1");
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.1"), 6);
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.2"), 0);
    fake_now_us += 5 * SECOND_US + 1;
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.1"), 1);
    fake_now_us += SECOND_US;
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.1"), 0);
}

static void
addresses_beyond_the_memory_share_one_count(void **state)
{
    struct hp_tries *tries = *state;
    fill(tries, MAX_ADDRESSES);
    fail_often(tries, "192.0.2.1", FAILURES - 1);
    hp_tries_add_failure(tries, "192.0.2.2");
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.3"), 6); // has not failed itself
    assert_int_equal(hp_tries_get_wait(tries, "10.0.0.1"), 0); // has its own count
}

static void
a_full_memory_keeps_the_young_and_forgets_the_old(void **state)
{
    struct hp_tries *tries = *state;
    fail_often(tries, "192.0.2.1", FAILURES);
    fill(tries, MAX_ADDRESSES - 1);
    hp_tries_add_failure(tries, "192.0.2.2");
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.1"), 6);
    fake_now_us += 121 * (int64_t) SECOND_US;
    fail_often(tries, "192.0.2.2", FAILURES); // finds room now
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.2"), 6);
    assert_int_equal(hp_tries_get_wait(tries, "192.0.2.3"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
                ten_failures_are_free_and_one_comes_back_each_six_seconds, begin, end),
        cmocka_unit_test_setup_teardown(addresses_beyond_the_memory_share_one_count, begin, end),
        cmocka_unit_test_setup_teardown(
                a_full_memory_keeps_the_young_and_forgets_the_old, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

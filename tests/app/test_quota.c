// Tests of app/quota.c.
#include "app/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct hp_quota
fit(uint64_t max_files)
{
    struct hp_quota quota = { .connections = 4096, .per_address = 512, .pending = 2048 };
    hp_quota_fit(&quota, max_files);
    return quota;
}

static void
a_high_limit_changes_nothing(void **state)
{
    (void) state;
    struct hp_quota quota = fit(65536);
    assert_int_equal(quota.connections, 4096);
    assert_int_equal(quota.per_address, 512);
    assert_int_equal(quota.pending, 2048);
}

static void
a_low_limit_leaves_half_of_the_files_to_media(void **state)
{
    (void) state;
    struct hp_quota quota = fit(1024);
    assert_int_equal(quota.connections, 170);
    assert_int_equal(quota.per_address, 85);
    assert_int_equal(quota.pending, 128);
}

static void
fewer_connections_than_wished_may_still_be_enough_for_the_people(void **state)
{
    (void) state;
    struct hp_quota quota = fit(20000);
    assert_int_equal(quota.connections, 3333);
    assert_true(hp_quota_people(&quota) >= 500);
    quota = fit(1024);
    assert_int_equal(hp_quota_people(&quota), 170);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_high_limit_changes_nothing),
        cmocka_unit_test(a_low_limit_leaves_half_of_the_files_to_media),
        cmocka_unit_test(fewer_connections_than_wished_may_still_be_enough_for_the_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of app/allowance.c.
#include "app/allowance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct hp_allowance
fit(uint64_t max_files)
{
    struct hp_allowance allowance = { .connections = 4096, .per_address = 512, .pending = 2048 };
    hp_allowance_fit(&allowance, max_files);
    return allowance;
}

static void
a_high_limit_changes_nothing(void **state)
{
    (void) state;
    struct hp_allowance allowance = fit(65536);
    assert_int_equal(allowance.connections, 4096);
    assert_int_equal(allowance.per_address, 512);
    assert_int_equal(allowance.pending, 2048);
}

static void
a_low_limit_leaves_half_of_the_files_to_media(void **state)
{
    (void) state;
    struct hp_allowance allowance = fit(1024);
    assert_int_equal(allowance.connections, 170);
    assert_int_equal(allowance.per_address, 85);
    assert_int_equal(allowance.pending, 128);
}

static void
fewer_connections_than_wished_may_still_be_enough_for_the_people(void **state)
{
    (void) state;
    struct hp_allowance allowance = fit(20000);
    assert_int_equal(allowance.connections, 3333);
    assert_true(hp_allowance_people(&allowance) >= 500);
    allowance = fit(1024);
    assert_int_equal(hp_allowance_people(&allowance), 170);
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

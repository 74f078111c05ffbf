// Tests of port/limits.c.
#include "port/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
one_address_does_not_use_up_all_places(void **state)
{
    (void) state;
    struct hp_limits *limits = hp_limits_create(3, 2);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_ADDRESS_FULL);
    assert_int_equal(hp_limits_add(limits, "192.0.2.2"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.2"), HP_LIMITS_FULL);
    hp_limits_destroy(limits);
}

static void
removed_ones_make_room(void **state)
{
    (void) state;
    struct hp_limits *limits = hp_limits_create(0, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hp_limits_add(limits, "::1"), HP_LIMITS_OK);
        assert_int_equal(hp_limits_add(limits, "::1"), HP_LIMITS_ADDRESS_FULL);
        hp_limits_remove(limits, "::1");
    }
    hp_limits_destroy(limits);
    hp_limits_destroy(NULL);
}

static void
addresses_of_one_network_of_ipv6_count_together(void **state)
{
    struct hp_limits *limits = hp_limits_create(0, 2);
    (void) state;
    assert_int_equal(hp_limits_add(limits, "2001:db8::1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "2001:db8::2"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "2001:db8::3"), HP_LIMITS_ADDRESS_FULL);
    assert_int_equal(hp_limits_add(limits, "2001:db8:0:1::3"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    hp_limits_remove(limits, "2001:db8::1");
    assert_int_equal(hp_limits_add(limits, "2001:db8::3"), HP_LIMITS_OK);
    hp_limits_destroy(limits);
}

static void
behind_a_proxy_are_many_and_only_the_total_holds(void **state)
{
    static char proxy[] = "192.0.2.0/24";
    char *const networks[] = { proxy, NULL };
    struct hp_limits *limits = hp_limits_create(3, 1);
    (void) state;
    hp_limits_set_many(limits, networks);
    assert_int_equal(hp_limits_add(limits, "198.51.100.1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "198.51.100.1"), HP_LIMITS_ADDRESS_FULL);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_FULL);
    hp_limits_destroy(limits);
}

static void
who_is_known_does_not_count_among_strangers(void **state)
{
    struct hp_limits *limits = hp_limits_create(8, 2);
    (void) state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
        assert_true(hp_limits_know(limits, "192.0.2.1"));
    }
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    assert_false(hp_limits_know(limits, "192.0.2.1")); // half of all
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_ADDRESS_FULL);
    hp_limits_remove_known(limits, "192.0.2.1");
    assert_true(hp_limits_know(limits, "192.0.2.1"));
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    hp_limits_destroy(limits);
}

static void
an_eighth_stays_free_of_the_modest(void **state)
{
    struct hp_limits *limits = hp_limits_create(16, 8);
    (void) state;
    for (int i = 0; i < 7; i++) {
        assert_int_equal(hp_limits_add_modest(limits, "192.0.2.1"), HP_LIMITS_OK);
    }
    assert_int_equal(hp_limits_add_modest(limits, "192.0.2.1"), HP_LIMITS_ADDRESS_FULL);
    assert_int_equal(hp_limits_add(limits, "192.0.2.1"), HP_LIMITS_OK);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(hp_limits_add_modest(limits, "192.0.2.2"), HP_LIMITS_OK);
    }
    assert_int_equal(hp_limits_add_modest(limits, "192.0.2.2"), HP_LIMITS_FULL);
    assert_int_equal(hp_limits_add(limits, "192.0.2.2"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.2"), HP_LIMITS_OK);
    assert_int_equal(hp_limits_add(limits, "192.0.2.3"), HP_LIMITS_FULL);
    hp_limits_destroy(limits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_does_not_use_up_all_places),
        cmocka_unit_test(removed_ones_make_room),
        cmocka_unit_test(addresses_of_one_network_of_ipv6_count_together),
        cmocka_unit_test(who_is_known_does_not_count_among_strangers),
        cmocka_unit_test(an_eighth_stays_free_of_the_modest),
        cmocka_unit_test(behind_a_proxy_are_many_and_only_the_total_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

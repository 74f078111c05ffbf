// Tests of relay/reservations.c.
#include "relay/reservations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t second_us = 1000000;

static void
a_token_takes_its_port_once(void **state)
{
    struct hp_reservations all = { .count = 0 };
    uint64_t first = hp_reservations_add(&all, 50001, 0), second = hp_reservations_add(&all, 50003, 0);
    assert_int_equal(hp_reservations_take(&all, second, 0), 50003);
    assert_int_equal(hp_reservations_take(&all, second, 0), 0);
    assert_int_equal(hp_reservations_take(&all, first + 2, 0), 0);
    assert_int_equal(hp_reservations_take(&all, first, 0), 50001);
}

static void
a_port_is_kept_for_half_a_minute(void **state)
{
    struct hp_reservations all = { .count = 0 };
    uint64_t token = hp_reservations_add(&all, 50001, 0);
    assert_true(hp_reservations_has(&all, 50001, 29 * second_us));
    assert_false(hp_reservations_has(&all, 50002, 0));
    assert_false(hp_reservations_has(&all, 50001, 30 * second_us));
    assert_int_equal(hp_reservations_take(&all, token, 30 * second_us), 0);
}

static void
reservations_are_bounded(void **state)
{
    struct hp_reservations all = { .count = 0 };
    for (uint16_t i = 0; i < HP_RESERVATIONS_MAX; i++) {
        assert_int_not_equal(hp_reservations_add(&all, (uint16_t) (50001 + 2 * i), 0), 0);
    }
    assert_int_equal(hp_reservations_add(&all, 1, 29 * second_us), 0);
    assert_int_not_equal(hp_reservations_add(&all, 1, 30 * second_us), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_takes_its_port_once),
        cmocka_unit_test(a_port_is_kept_for_half_a_minute),
        cmocka_unit_test(reservations_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of base/guard.h and base/fallback.h.
#include "base/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fallback.h"

static void
without_a_call_destroy_frees_at_once(void **state)
{
    (void) state;
    struct hp_guard guard = { 0 };
    assert_true(hp_guard_destroy(&guard));
    assert_true(guard.is_destroyed);
}

static void
a_call_that_destroys_nothing_frees_nothing(void **state)
{
    (void) state;
    struct hp_guard guard = { 0 };
    hp_guard_enter(&guard);
    assert_false(hp_guard_leave(&guard));
    assert_false(guard.is_destroyed);
    assert_true(hp_guard_destroy(&guard));
}

static void
destroyed_within_a_call_the_end_of_the_call_frees(void **state)
{
    (void) state;
    struct hp_guard guard = { 0 };
    hp_guard_enter(&guard);
    assert_false(hp_guard_destroy(&guard));
    assert_true(guard.is_destroyed);
    assert_true(hp_guard_leave(&guard));
}

static void
of_calls_within_calls_only_the_outermost_frees(void **state)
{
    (void) state;
    struct hp_guard guard = { 0 };
    hp_guard_enter(&guard);
    hp_guard_enter(&guard);
    assert_false(hp_guard_destroy(&guard));
    assert_false(hp_guard_leave(&guard));
    assert_true(hp_guard_leave(&guard));
}

static void
a_fallback_stands_in_for_nothing_and_for_less(void **state)
{
    (void) state;
    assert_int_equal(hp_fallback_apply(0, 7), 7);
    assert_int_equal(hp_fallback_apply(-1, 7), 7);
    assert_int_equal(hp_fallback_apply(1, 7), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_call_destroy_frees_at_once),
        cmocka_unit_test(a_call_that_destroys_nothing_frees_nothing),
        cmocka_unit_test(destroyed_within_a_call_the_end_of_the_call_frees),
        cmocka_unit_test(of_calls_within_calls_only_the_outermost_frees),
        cmocka_unit_test(a_fallback_stands_in_for_nothing_and_for_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

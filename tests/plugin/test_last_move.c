// Tests of plugin/last_move.c.
#include "plugin/last_move.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct hp_last_move move;
static int x, y;

static int
set_up(void **state)
{
    (void) state;
    hp_last_move_init(&move);
    return 0;
}

static void
of_moves_in_a_row_the_task_of_the_first_takes_the_newest(void **state)
{
    (void) state;
    unsigned round = hp_last_move_put(&move, 1, 2);
    assert_int_not_equal(round, 0);
    assert_int_equal(hp_last_move_put(&move, 3, 4), 0);
    assert_int_equal(hp_last_move_put(&move, -5, 70000), 0); // outside of every screen
    assert_true(hp_last_move_take(&move, round, &x, &y));
    assert_int_equal(x, 0);
    assert_int_equal(y, 0xffff);
    assert_int_not_equal(hp_last_move_put(&move, 7, 8), 0);
}

static void
another_event_takes_the_move_before_it_along(void **state)
{
    (void) state;
    unsigned round = hp_last_move_put(&move, 1, 2);
    assert_true(hp_last_move_end(&move, &x, &y));
    assert_int_equal(x, 1);
    assert_int_equal(y, 2);
    assert_false(hp_last_move_end(&move, &x, &y));
    assert_false(hp_last_move_take(&move, round, &x, &y));
}

static void
the_task_of_a_move_before_a_click_leaves_the_move_after_it(void **state)
{
    (void) state;
    unsigned before = hp_last_move_put(&move, 1, 2);
    assert_true(hp_last_move_end(&move, &x, &y));
    unsigned after = hp_last_move_put(&move, 3, 4);
    assert_int_not_equal(after, 0);
    assert_false(hp_last_move_take(&move, before, &x, &y));
    assert_true(hp_last_move_take(&move, after, &x, &y));
    assert_int_equal(x, 3);
}

static void
rounds_that_wrap_are_never_zero(void **state)
{
    (void) state;
    move.round = UINT32_MAX;
    assert_int_equal(hp_last_move_put(&move, 1, 2), UINT32_MAX);
    assert_true(hp_last_move_end(&move, &x, &y));
    assert_int_equal(hp_last_move_put(&move, 1, 2), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(of_moves_in_a_row_the_task_of_the_first_takes_the_newest, set_up),
        cmocka_unit_test_setup(another_event_takes_the_move_before_it_along, set_up),
        cmocka_unit_test_setup(the_task_of_a_move_before_a_click_leaves_the_move_after_it, set_up),
        cmocka_unit_test_setup(rounds_that_wrap_are_never_zero, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

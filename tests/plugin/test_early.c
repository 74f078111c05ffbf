// Tests of plugin/early.c.
#include "plugin/early.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/input.h"

enum {
    ROOM = 256
};

static unsigned
add(struct hp_early *early, enum hp_input_kind kind, int value)
{
    const struct hp_input input = { .kind = kind, .x = value, .keysym = (uint32_t) value };
    return hp_early_add(early, &input);
}

static const struct hp_input *
input_of(const struct hp_early *early, unsigned index)
{
    return &g_array_index(early->inputs, struct hp_input, index);
}

static void
events_keep_their_order_and_moves_in_a_row_are_one(void **state)
{
    struct hp_early early = { NULL };
    (void) state;
    assert_int_equal(add(&early, HP_INPUT_MOVE, 1), 0);
    assert_int_equal(add(&early, HP_INPUT_MOVE, 2), 0);
    assert_int_equal(add(&early, HP_INPUT_KEY_DOWN, 'a'), 0);
    assert_int_equal(add(&early, HP_INPUT_MOVE, 3), 0);
    assert_int_equal(early.inputs->len, 3);
    assert_int_equal(input_of(&early, 0)->x, 2);
    assert_int_equal(input_of(&early, 1)->keysym, 'a');
    assert_int_equal(input_of(&early, 2)->x, 3);
    hp_early_clear(&early);
    assert_null(early.inputs);
    hp_early_clear(&early);
}

static void
a_full_list_is_dropped_as_a_whole(void **state)
{
    struct hp_early early = { NULL };
    (void) state;
    for (int i = 0; i < ROOM; i++) {
        assert_int_equal(add(&early, HP_INPUT_KEY_DOWN, i + 1), 0);
    }
    assert_int_equal(add(&early, HP_INPUT_KEY_UP, 1), ROOM);
    assert_int_equal(early.inputs->len, 1);
    assert_int_equal(input_of(&early, 0)->kind, HP_INPUT_KEY_UP);
    hp_early_clear(&early);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_keep_their_order_and_moves_in_a_row_are_one),
        cmocka_unit_test(a_full_list_is_dropped_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

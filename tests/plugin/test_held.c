// Tests of plugin/held.c.
#include "plugin/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/input.h"

static bool
update(struct hp_held *held, enum hp_input_kind kind, uint32_t what)
{
    const struct hp_input input = {
        .kind = kind, .keysym = what, .button = what, .touch_id = what
    };
    return hp_held_update(held, &input);
}

static void
what_goes_down_goes_up_once(void **state)
{
    struct hp_held held = { .count = 0 };
    (void) state;
    assert_true(update(&held, HP_INPUT_KEY_DOWN, 'a'));
    assert_false(update(&held, HP_INPUT_KEY_DOWN, 'a'));
    assert_true(update(&held, HP_INPUT_BUTTON_DOWN, 1));
    assert_false(update(&held, HP_INPUT_BUTTON_UP, 2));
    assert_false(update(&held, HP_INPUT_TOUCH_UPDATE, 9));
    assert_true(update(&held, HP_INPUT_TOUCH_BEGIN, 9));
    assert_true(update(&held, HP_INPUT_TOUCH_UPDATE, 9));
    assert_false(hp_held_is_empty(&held));
    assert_true(update(&held, HP_INPUT_KEY_UP, 'a'));
    assert_true(update(&held, HP_INPUT_BUTTON_UP, 1));
    assert_true(update(&held, HP_INPUT_TOUCH_END, 9));
    assert_true(hp_held_is_empty(&held));
}

static void
only_so_many_keys_are_held(void **state)
{
    struct hp_held held = { .count = 0 };
    (void) state;
    for (uint32_t i = 0; i < HP_HELD_MAX; i++) {
        assert_true(update(&held, HP_INPUT_KEY_DOWN, i + 1));
    }
    assert_false(update(&held, HP_INPUT_KEY_DOWN, 1000));
    assert_true(update(&held, HP_INPUT_RELEASE_ALL, 0));
    assert_true(hp_held_is_empty(&held));
}

static void
buttons_that_x_does_not_have_are_refused(void **state)
{
    struct hp_held held = { .count = 0 };
    (void) state;
    assert_false(update(&held, HP_INPUT_BUTTON_DOWN, 0));
    assert_false(update(&held, HP_INPUT_BUTTON_DOWN, 32));
    assert_false(update(&held, HP_INPUT_BUTTON_DOWN, UINT32_MAX));
    assert_true(hp_held_is_empty(&held));
    assert_true(update(&held, HP_INPUT_BUTTON_DOWN, 31)); // the last one
    assert_false(hp_held_is_empty(&held));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_down_goes_up_once),
        cmocka_unit_test(only_so_many_keys_are_held),
        cmocka_unit_test(buttons_that_x_does_not_have_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

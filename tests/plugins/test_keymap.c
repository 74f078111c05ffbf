// test_keymap.c - which key gives a keysym, on layouts of Debian's xkb-data.
#include "keymap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <xkbcommon/xkbcommon-keysyms.h>

enum {
    SHIFT = 1,
    LOCK = 2,
    LEVEL3 = 0x80,
    KEY_1 = 10,
    KEY_Q = 24,
    KEY_E = 26,
    KEY_A = 38
};

static struct hp_keymap *
load(const char *layout)
{
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
    const struct xkb_rule_names names = { .rules = "evdev", .model = "pc105", .layout = layout };
    struct xkb_keymap *xkb =
            xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
    xkb_context_unref(context);
    assert_non_null(xkb);
    return hp_keymap_create(xkb);
}

static void
expect(struct hp_keymap *keymap, uint32_t keysym, struct hp_key_state state, int keycode,
        uint32_t release, int presses)
{
    struct hp_key_choice choice;
    assert_true(hp_keymap_find(keymap, keysym, &state, &choice));
    assert_int_equal(choice.keycode, keycode);
    assert_int_equal(choice.release, release);
    assert_int_equal((choice.press[0] != 0) + (choice.press[1] != 0), presses);
}

static void
held_shift_is_used_or_let_go(void **state)
{
    struct hp_keymap *keymap = load("us");
    const struct hp_key_state none = { 0 }, shift = { .held = SHIFT };
    expect(keymap, 'a', none, KEY_A, 0, 0);
    expect(keymap, 'A', shift, KEY_A, 0, 0);
    expect(keymap, 'A', none, KEY_A, 0, 1);
    expect(keymap, 'a', shift, KEY_A, SHIFT, 0);
    expect(keymap, '!', none, KEY_1, 0, 1);
    hp_keymap_destroy(keymap);
}

static void
caps_lock_is_taken_into_account(void **state)
{
    struct hp_keymap *keymap = load("us");
    const struct hp_key_state caps = { .locked = LOCK };
    expect(keymap, 'A', caps, KEY_A, 0, 0);
    expect(keymap, 'a', caps, KEY_A, 0, 1);
    expect(keymap, '1', caps, KEY_1, 0, 0);
    hp_keymap_destroy(keymap);
}

static void
third_level_is_reached(void **state)
{
    struct hp_keymap *keymap = load("de");
    const struct hp_key_state none = { 0 }, altgr = { .held = LEVEL3 };
    expect(keymap, '@', none, KEY_Q, 0, 1);
    expect(keymap, '@', altgr, KEY_Q, 0, 0);
    expect(keymap, XKB_KEY_EuroSign, none, KEY_E, 0, 1);
    expect(keymap, 'q', altgr, KEY_Q, LEVEL3, 0);
    hp_keymap_destroy(keymap);
}

static void
dead_keys_have_a_level(void **state)
{
    struct hp_keymap *keymap = load("de");
    const struct hp_key_state none = { 0 }, shift = { .held = SHIFT };
    expect(keymap, XKB_KEY_dead_acute, none, 21, 0, 0);
    expect(keymap, XKB_KEY_dead_acute, shift, 21, SHIFT, 0);
    expect(keymap, XKB_KEY_dead_grave, none, 21, 0, 1);
    hp_keymap_destroy(keymap);
}

static void
both_names_of_a_letter_are_known(void **state)
{
    struct hp_keymap *keymap = load("de");
    struct hp_key_choice by_name, by_number;
    const struct hp_key_state none = { 0 };
    assert_true(hp_keymap_find(keymap, XKB_KEY_udiaeresis, &none, &by_name));
    assert_true(hp_keymap_find(keymap, 0x10000fc, &none, &by_number));
    assert_int_equal(by_name.keycode, by_number.keycode);
    hp_keymap_destroy(keymap);
}

static void
letters_of_another_group_are_not_there(void **state)
{
    struct hp_keymap *keymap = load("us,ru");
    struct hp_key_choice choice;
    const struct hp_key_state first = { 0 }, second = { .group = 1 };
    assert_false(hp_keymap_find(keymap, XKB_KEY_Cyrillic_ef, &first, &choice));
    expect(keymap, XKB_KEY_Cyrillic_ef, second, KEY_A, 0, 0);
    hp_keymap_destroy(keymap);
}

static void
function_keys_and_modifiers_are_pressed_as_they_are(void **state)
{
    struct hp_keymap *keymap = load("us");
    const struct hp_key_state shift = { .held = SHIFT };
    expect(keymap, XKB_KEY_Tab, shift, 23, 0, 0);
    expect(keymap, XKB_KEY_Shift_L, shift, 50, 0, 0);
    expect(keymap, XKB_KEY_F1, shift, 67, 0, 0);
    assert_int_equal(hp_keymap_get_held(keymap, 50), SHIFT);
    assert_int_equal(hp_keymap_get_locked(keymap, 66), LOCK);
    hp_keymap_destroy(keymap);
}

static void
unknown_keysym_is_not_found(void **state)
{
    struct hp_keymap *keymap = load("us");
    struct hp_key_choice choice;
    const struct hp_key_state none = { 0 };
    assert_false(hp_keymap_find(keymap, 0x1004e2d, &none, &choice));
    assert_false(hp_keymap_find(keymap, 0x1fffffff, &none, &choice));
    hp_keymap_destroy(keymap);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_shift_is_used_or_let_go),
        cmocka_unit_test(caps_lock_is_taken_into_account),
        cmocka_unit_test(third_level_is_reached),
        cmocka_unit_test(dead_keys_have_a_level),
        cmocka_unit_test(both_names_of_a_letter_are_known),
        cmocka_unit_test(letters_of_another_group_are_not_there),
        cmocka_unit_test(function_keys_and_modifiers_are_pressed_as_they_are),
        cmocka_unit_test(unknown_keysym_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// keyboard.c - presses keys by keysym through XTest.
// Owner: hp_device. Thread: any, under the device's lock.
#include "keyboard.h"

#include <string.h>
#include <xcb/xtest.h>

enum {
    MIN_KEYCODE = 8,
    MAX_KEYCODE = 255,
    MAX_KEYSYM = 0x1fffffff
};

void
hp_keyboard_init(struct hp_keyboard *keyboard, xcb_connection_t *connection)
{
    *keyboard = (struct hp_keyboard){ .connection = connection };
}

void
hp_keyboard_finish(struct hp_keyboard *keyboard)
{
    hp_keymap_destroy(keyboard->keymap);
    *keyboard = (struct hp_keyboard){ 0 };
}

static void
fake_key(struct hp_keyboard *keyboard, uint8_t keycode, bool is_down)
{
    xcb_test_fake_input(keyboard->connection, is_down ? XCB_KEY_PRESS : XCB_KEY_RELEASE, keycode,
            XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
}

static int
find_held(const struct hp_keyboard *keyboard, uint32_t keysym)
{
    for (unsigned i = 0; i < keyboard->held_count; i++) {
        if (keyboard->held[i].keysym == keysym) {
            return (int) i;
        }
    }
    return -1;
}

static bool
is_keycode_held(const struct hp_keyboard *keyboard, uint8_t keycode)
{
    for (unsigned i = 0; i < keyboard->held_count; i++) {
        if (keyboard->held[i].keycode == keycode) {
            return true;
        }
    }
    return false;
}

static void
forget_held(struct hp_keyboard *keyboard, unsigned index)
{
    keyboard->held_count--;
    memmove(&keyboard->held[index], &keyboard->held[index + 1],
            (keyboard->held_count - index) * sizeof(keyboard->held[0]));
}

static uint32_t
get_held_modifiers(const struct hp_keyboard *keyboard)
{
    uint32_t modifiers = 0;
    for (unsigned i = 0; i < keyboard->held_count; i++) {
        modifiers |= hp_keymap_get_held(keyboard->keymap, keyboard->held[i].keycode);
    }
    return modifiers;
}

static bool
is_spare(const struct hp_keyboard *keyboard, uint8_t keycode)
{
    for (unsigned i = 0; i < keyboard->spare_count; i++) {
        if (keyboard->spare[i].keycode == keycode) {
            return true;
        }
    }
    return false;
}

// Another program (setxkbmap) may have given a spare key another keysym, or removed ours.
static void
check_spares(struct hp_keyboard *keyboard, uint64_t fetched_at)
{
    for (unsigned i = keyboard->spare_count; i-- > 0;) {
        uint32_t keysym = hp_keymap_get_keysym(keyboard->keymap, keyboard->spare[i].keycode);
        if (keyboard->spare[i].used > fetched_at || keysym == keyboard->spare[i].keysym) {
            continue;
        }
        keyboard->spare[i].keysym = 0;
        if (keysym != 0) {
            keyboard->spare[i] = keyboard->spare[--keyboard->spare_count];
        }
    }
}

void
hp_keyboard_set_keymap(struct hp_keyboard *keyboard, struct hp_keymap *keymap, uint64_t fetched_at)
{
    hp_keymap_destroy(keyboard->keymap);
    keyboard->keymap = keymap;
    check_spares(keyboard, fetched_at);
    for (int keycode = MAX_KEYCODE; keycode >= MIN_KEYCODE; keycode--) {
        if (keyboard->spare_count == HP_KEYBOARD_MAX_SPARE) {
            return;
        }
        if (hp_keymap_get_keysym(keymap, (uint8_t) keycode) == 0
                && hp_keymap_get_held(keymap, (uint8_t) keycode) == 0
                && !is_spare(keyboard, (uint8_t) keycode)) {
            keyboard->spare[keyboard->spare_count].keysym = 0;
            keyboard->spare[keyboard->spare_count].used = 0;
            keyboard->spare[keyboard->spare_count++].keycode = (uint8_t) keycode;
        }
    }
}

// Finds the spare key that has the keysym, else the one that was not used for the longest time; -1:
// all are held down.
static int
find_spare(const struct hp_keyboard *keyboard, uint32_t keysym)
{
    int oldest = -1;
    for (unsigned i = 0; i < keyboard->spare_count; i++) {
        if (keyboard->spare[i].keysym == keysym) {
            return (int) i;
        }
        bool is_older = oldest < 0 || keyboard->spare[i].used < keyboard->spare[oldest].used;
        if (is_older && !is_keycode_held(keyboard, keyboard->spare[i].keycode)) {
            oldest = (int) i;
        }
    }
    return oldest;
}

static uint8_t
assign_spare(struct hp_keyboard *keyboard, uint32_t keysym, int64_t now_us)
{
    int index = find_spare(keyboard, keysym);
    if (index < 0) {
        return 0;
    }
    if (keyboard->spare[index].keysym != keysym) {
        xcb_keysym_t levels[] = { keysym, keysym };
        xcb_change_keyboard_mapping(
                keyboard->connection, 1, keyboard->spare[index].keycode, 2, levels);
    }
    keyboard->spare[index].keysym = keysym;
    keyboard->spare[index].used = ++keyboard->use_count;
    keyboard->spare[index].pressed_us = now_us;
    return keyboard->spare[index].keycode;
}

static bool
find_in_map(struct hp_keyboard *keyboard, uint32_t keysym, struct hp_key_choice *choice)
{
    struct hp_key_state state = {
        .held = get_held_modifiers(keyboard), .locked = keyboard->locked, .group = keyboard->group
    };
    return hp_keymap_find(keyboard->keymap, keysym, &state, choice)
            && !is_spare(keyboard, choice->keycode);
}

static bool
choose(struct hp_keyboard *keyboard, uint32_t keysym, int64_t now_us, struct hp_key_choice *choice)
{
    if (find_in_map(keyboard, keysym, choice)) {
        return true;
    }
    *choice = (struct hp_key_choice){ .keycode = assign_spare(keyboard, keysym, now_us) };
    return choice->keycode != 0;
}

static void
fake_modifiers(struct hp_keyboard *keyboard, const struct hp_key_choice *choice, bool is_before)
{
    for (unsigned i = 0; i < keyboard->held_count; i++) {
        uint8_t keycode = keyboard->held[i].keycode;
        if (hp_keymap_get_held(keyboard->keymap, keycode) & choice->release) {
            fake_key(keyboard, keycode, !is_before);
        }
    }
    for (int i = 0; i < 2; i++) {
        if (choice->press[i] != 0) {
            fake_key(keyboard, choice->press[i], is_before);
        }
    }
}

// The X server repeats a key with the modifiers that are held at that time, so the modifiers of a
// key stay changed until the key goes up or other input comes.
void
hp_keyboard_settle(struct hp_keyboard *keyboard)
{
    if (keyboard->lent.keycode != 0) {
        fake_modifiers(keyboard, &keyboard->lent, false);
        keyboard->lent = (struct hp_key_choice){ 0 };
    }
}

// Is there nothing to press?
static bool
is_idle_press(const struct hp_keyboard *keyboard, uint32_t keysym)
{
    return keyboard->keymap == NULL || keysym == 0 || keysym > MAX_KEYSYM
            || keyboard->held_count == HP_KEYBOARD_MAX_HELD || find_held(keyboard, keysym) >= 0;
}

bool
hp_keyboard_can_press(struct hp_keyboard *keyboard, uint32_t keysym, int64_t now_us)
{
    struct hp_key_choice choice;
    if (is_idle_press(keyboard, keysym) || find_in_map(keyboard, keysym, &choice)) {
        return true;
    }
    int index = find_spare(keyboard, keysym);
    return index < 0 || keyboard->spare[index].keysym == keysym || keyboard->spare[index].used == 0
            || now_us - keyboard->spare[index].pressed_us >= HP_KEYBOARD_REST_US;
}

void
hp_keyboard_press(struct hp_keyboard *keyboard, uint32_t keysym, int64_t now_us)
{
    struct hp_key_choice choice;
    if (is_idle_press(keyboard, keysym)) {
        return;
    }
    hp_keyboard_settle(keyboard);
    if (!choose(keyboard, keysym, now_us, &choice)) {
        return;
    }
    for (unsigned i = keyboard->held_count; i-- > 0;) {
        if (keyboard->held[i].keycode == choice.keycode) { // "a" before "A"
            fake_key(keyboard, choice.keycode, false);
            forget_held(keyboard, i);
        }
    }
    fake_modifiers(keyboard, &choice, true);
    fake_key(keyboard, choice.keycode, true);
    keyboard->lent = choice;
    keyboard->held[keyboard->held_count].keysym = keysym;
    keyboard->held[keyboard->held_count++].keycode = choice.keycode;
    keyboard->locked ^= hp_keymap_get_locked(keyboard->keymap, choice.keycode);
}

// A browser whose Shift changed between press and release presses "a" and releases "A".
static int
find_other_case(const struct hp_keyboard *keyboard, uint32_t keysym)
{
    for (unsigned i = 0; i < keyboard->held_count; i++) {
        if (xkb_keysym_to_lower(keyboard->held[i].keysym) == xkb_keysym_to_lower(keysym)) {
            return (int) i;
        }
    }
    return -1;
}

void
hp_keyboard_release(struct hp_keyboard *keyboard, uint32_t keysym)
{
    int index = find_held(keyboard, keysym);
    if (index < 0) {
        index = find_other_case(keyboard, keysym);
    }
    if (index < 0) {
        return;
    }
    uint8_t keycode = keyboard->held[index].keycode;
    if (hp_keymap_get_held(keyboard->keymap, keycode) != 0) {
        hp_keyboard_settle(keyboard); // the key is a modifier, perhaps one that is changed
    }
    fake_key(keyboard, keycode, false);
    forget_held(keyboard, (unsigned) index);
    if (keycode == keyboard->lent.keycode) {
        hp_keyboard_settle(keyboard);
    }
}

void
hp_keyboard_release_all(struct hp_keyboard *keyboard)
{
    hp_keyboard_settle(keyboard);
    while (keyboard->held_count > 0) {
        fake_key(keyboard, keyboard->held[--keyboard->held_count].keycode, false);
    }
}

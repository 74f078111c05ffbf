// keyboard.h - presses keys by keysym through XTest, and remembers which ones are held. A keysym
// that the map lacks gets a spare key.
// Owner: hp_device. Thread: any, under the device's lock.
#pragma once

#include <stdint.h>
#include <xcb/xcb.h>

#include "keymap.h"

enum {
    HP_KEYBOARD_MAX_HELD = 64,
    HP_KEYBOARD_MAX_SPARE = 32,
    // A program reads the new map only when it handles the event that tells of it. So a spare key
    // keeps its keysym for at least that long after it was pressed.
    HP_KEYBOARD_REST_US = 500 * 1000,
};

struct hp_keyboard {
    xcb_connection_t *connection;
    struct hp_keymap *keymap; // owned; NULL: no key can be pressed yet
    uint32_t locked, group; // as the server told; a press of Caps Lock changes `locked` at once
    struct {
        uint32_t keysym;
        uint8_t keycode;
    } held[HP_KEYBOARD_MAX_HELD]; // in the order of their presses
    unsigned held_count;
    // The last key pressed, and the modifiers that stay changed while it repeats; keycode 0: none.
    struct hp_key_choice lent;
    struct {
        uint32_t keysym; // 0: free
        uint8_t keycode;
        uint64_t used; // use_count when the key was pressed last
        int64_t pressed_us; // when that was
    } spare[HP_KEYBOARD_MAX_SPARE];
    unsigned spare_count;
    uint64_t use_count;
};

void hp_keyboard_init(struct hp_keyboard *keyboard, xcb_connection_t *connection); // kept
void hp_keyboard_finish(struct hp_keyboard *keyboard);

// Sets the server's map (taken). `fetched_at` is the use_count at the time of the request for the
// map: spare keys that were assigned later are not in the map yet.
void hp_keyboard_set_keymap(
        struct hp_keyboard *keyboard, struct hp_keymap *keymap, uint64_t fetched_at);

// Can the key be pressed now? False: the keysym needs a spare key, and all of them were pressed
// less than HP_KEYBOARD_REST_US ago.
bool hp_keyboard_can_press(struct hp_keyboard *keyboard, uint32_t keysym, int64_t now_us);

// A key that is down is not pressed again, since the X server repeats it. A key that is not down is
// not released.
void hp_keyboard_press(struct hp_keyboard *keyboard, uint32_t keysym, int64_t now_us);
void hp_keyboard_release(struct hp_keyboard *keyboard, uint32_t keysym);
void hp_keyboard_release_all(struct hp_keyboard *keyboard);

// Restores the modifiers that the browser holds; to be called before input that is no key, such as
// a click.
void hp_keyboard_settle(struct hp_keyboard *keyboard);

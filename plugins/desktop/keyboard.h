// keyboard.h - presses keys by keysym through XTest; keeps what is held; gives keysyms that the map
// lacks a spare key.
// Owner: hp_device. Thread: whoever holds the device's lock.
#pragma once

#include <stdint.h>
#include <xcb/xcb.h>

#include "keymap.h"

enum {
    HP_KEYBOARD_MAX_HELD = 64,
    HP_KEYBOARD_MAX_SPARE = 32
};

struct hp_keyboard {
    xcb_connection_t *connection;
    struct hp_keymap *keymap; // owned; NULL: nothing can be typed yet
    uint32_t locked, group; // as the server says, Caps Lock ahead of it
    struct {
        uint32_t keysym;
        uint8_t keycode;
    } held[HP_KEYBOARD_MAX_HELD]; // in the order of their presses
    unsigned held_count;
    // The last key pressed, and the modifiers that are changed as long as it repeats; keycode 0: none.
    struct hp_key_choice lent;
    struct {
        uint32_t keysym; // 0: free
        uint8_t keycode;
        uint64_t used; // the value of use_count then
    } spare[HP_KEYBOARD_MAX_SPARE];
    unsigned spare_count;
    uint64_t use_count;
};

void hp_keyboard_init(struct hp_keyboard *keyboard, xcb_connection_t *connection); // kept
void hp_keyboard_finish(struct hp_keyboard *keyboard);

// The server's map is this one now (taken). `fetched_at` is the use_count when it was asked for:
// keys that were assigned later are not in it yet.
void hp_keyboard_set_keymap(
        struct hp_keyboard *keyboard, struct hp_keymap *keymap, uint64_t fetched_at);

// A key that is down already is left alone (the X server repeats it), one that is not is not let go.
void hp_keyboard_press(struct hp_keyboard *keyboard, uint32_t keysym);
void hp_keyboard_release(struct hp_keyboard *keyboard, uint32_t keysym);
void hp_keyboard_release_all(struct hp_keyboard *keyboard);

// Modifiers are again as the browser holds them, for something else than a key: a click.
void hp_keyboard_settle(struct hp_keyboard *keyboard);

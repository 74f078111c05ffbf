// keymap.h - finds the key of a keyboard that gives a keysym, and the modifiers that the key needs.
// Immutable after creation, except for the scratch state that hp_keymap_find() works on.
// Owner: hp_keyboard. Thread: any, under the device's lock.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xkbcommon/xkbcommon.h>

struct hp_keymap;

// The modifiers, locks and group in force at a moment.
struct hp_key_state {
    uint32_t held; // real modifiers of keys that are down
    uint32_t locked; // Caps Lock, Num Lock
    uint32_t group;
};

// How to type a keysym: release the modifiers `release`, press the keys `press`, press the key
// itself, and restore the modifiers.
struct hp_key_choice {
    uint8_t keycode;
    uint32_t release;
    uint8_t press[2]; // keycodes, 0: none
};

struct hp_keymap *hp_keymap_create(struct xkb_keymap *xkb); // taken
void hp_keymap_destroy(struct hp_keymap *keymap);

// Chooses the key and the modifiers for a keysym. False: no key has the keysym.
bool hp_keymap_find(struct hp_keymap *keymap, uint32_t keysym, const struct hp_key_state *state,
        struct hp_key_choice *choice);

// The real modifiers that a key holds, or toggles.
uint32_t hp_keymap_get_held(const struct hp_keymap *keymap, uint8_t keycode);
uint32_t hp_keymap_get_locked(const struct hp_keymap *keymap, uint8_t keycode);

// The keysym on a key's first level; 0: the key is unused.
uint32_t hp_keymap_get_keysym(const struct hp_keymap *keymap, uint8_t keycode);

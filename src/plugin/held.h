// held.h - the keys and buttons that one person holds down. On its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_input;

enum {
    HP_HELD_MAX = 32
};

struct hp_held {
    uint32_t keysyms[HP_HELD_MAX];
    unsigned count;
    uint32_t buttons; // a bit each
    uint32_t touches[HP_HELD_MAX];
    unsigned touch_count;
};

// Takes note of an event; false when it has no effect: a key that is held goes down again, one that
// is not held goes up, more than HP_HELD_MAX are held.
bool hp_held_update(struct hp_held *held, const struct hp_input *input);
bool hp_held_is_empty(const struct hp_held *held);

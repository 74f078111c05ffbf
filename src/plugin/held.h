// held.h - the keys, buttons and touches that one person holds down. On its owner's thread.
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
    uint32_t buttons; // one bit each
    uint32_t touches[HP_HELD_MAX];
    unsigned touch_count;
};

// Notes an event. False: the event has no effect, since a key goes down that is held, a key goes up
// that is not held, or more than HP_HELD_MAX are held.
bool hp_held_update(struct hp_held *held, const struct hp_input *input);
bool hp_held_is_empty(const struct hp_held *held);

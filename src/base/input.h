// input.h - one input of a person on the desktop, the same for every wire dialect. A plain value.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum hp_input_kind {
    HP_INPUT_MOVE, // x, y
    HP_INPUT_SCROLL, // delta_x, delta_y, with_control
    HP_INPUT_KEY_DOWN, // keysym
    HP_INPUT_KEY_UP, // keysym
    HP_INPUT_BUTTON_DOWN, // button
    HP_INPUT_BUTTON_UP, // button
    HP_INPUT_TOUCH_BEGIN, // touch_id, x, y, pressure
    HP_INPUT_TOUCH_UPDATE,
    HP_INPUT_TOUCH_END,
    HP_INPUT_PING, // no member: the channel answers a ping, no plugin sees one
    HP_INPUT_RELEASE_ALL, // no member: releases every key and button that is held
    HP_INPUT_ALIVE, // no member: the one who holds keys is still there, no plugin sees it
};

struct hp_input {
    enum hp_input_kind kind;
    int32_t x, y; // pixels of the desktop
    int32_t delta_x, delta_y; // wheel clicks; positive y: up, positive x: left (X buttons 4 and 6)
    bool with_control; // Ctrl is held for this scroll
    uint32_t keysym; // X keysym
    uint32_t button; // X button number, 1 left, 2 middle, 3 right
    uint32_t touch_id;
    uint8_t pressure;
    uint32_t unused[2]; // 0: the first version's size stays
};

// pointer.c - moves the pointer, presses its buttons and turns its wheel through XTest.
// Owner: hp_device. Thread: any, under the device's lock.
#include "pointer.h"

#include <glib.h>
#include <stdbool.h>
#include <xcb/xtest.h>

enum {
    MAX_BUTTON = 10, // an XTest pointer of the X server has no further buttons
    MAX_CLICKS = 20, // for each axis of one scroll; further clicks are dropped
    MOTION_IS_ABSOLUTE = 0,
    BUTTON_UP = 4,
    BUTTON_DOWN = 5,
    BUTTON_LEFT = 6,
    BUTTON_RIGHT = 7,
};

static void
fake_button(struct hp_pointer *pointer, uint8_t button, bool is_down)
{
    xcb_test_fake_input(pointer->connection, is_down ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE,
            button, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
}

void
hp_pointer_move(struct hp_pointer *pointer, int *x, int *y)
{
    *x = CLAMP(*x, 0, MAX(pointer->width - 1, 0));
    *y = CLAMP(*y, 0, MAX(pointer->height - 1, 0));
    xcb_test_fake_input(pointer->connection, XCB_MOTION_NOTIFY, MOTION_IS_ABSOLUTE,
            XCB_CURRENT_TIME, pointer->root, (int16_t) *x, (int16_t) *y, 0);
}

void
hp_pointer_press(struct hp_pointer *pointer, uint32_t button)
{
    if (button < 1 || button > MAX_BUTTON || (pointer->held & 1u << (button - 1)) != 0) {
        return;
    }
    pointer->held |= 1u << (button - 1);
    fake_button(pointer, (uint8_t) button, true);
}

void
hp_pointer_release(struct hp_pointer *pointer, uint32_t button)
{
    if (button < 1 || button > MAX_BUTTON || (pointer->held & 1u << (button - 1)) == 0) {
        return;
    }
    pointer->held &= ~(1u << (button - 1));
    fake_button(pointer, (uint8_t) button, false);
}

void
hp_pointer_release_all(struct hp_pointer *pointer)
{
    for (uint32_t button = 1; button <= MAX_BUTTON; button++) {
        hp_pointer_release(pointer, button);
    }
}

static void
click(struct hp_pointer *pointer, int delta, uint8_t positive, uint8_t negative)
{
    int count = CLAMP(delta, -MAX_CLICKS, MAX_CLICKS);
    uint8_t button = count > 0 ? positive : negative;
    for (int i = ABS(count); i > 0; i--) {
        fake_button(pointer, button, true);
        fake_button(pointer, button, false);
    }
}

void
hp_pointer_scroll(struct hp_pointer *pointer, int delta_x, int delta_y)
{
    click(pointer, delta_y, BUTTON_UP, BUTTON_DOWN);
    click(pointer, delta_x, BUTTON_LEFT, BUTTON_RIGHT);
}

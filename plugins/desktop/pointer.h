// pointer.h - moves the pointer, presses its buttons and turns its wheel through XTest.
// Owner: hp_device. Thread: any, under the device's lock.
#pragma once

#include <stdint.h>
#include <xcb/xcb.h>

struct hp_pointer {
    xcb_connection_t *connection;
    xcb_window_t root;
    int width, height; // of the screen: no move leaves it
    uint32_t held; // bit 1 << (button - 1)
};

void hp_pointer_move(struct hp_pointer *pointer, int *x, int *y); // both are clamped to the screen
void hp_pointer_press(struct hp_pointer *pointer, uint32_t button);
void hp_pointer_release(struct hp_pointer *pointer, uint32_t button);
void hp_pointer_release_all(struct hp_pointer *pointer);
void hp_pointer_scroll(struct hp_pointer *pointer, int delta_x, int delta_y);

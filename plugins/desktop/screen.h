// screen.h - size and rate of a display by RandR.
// Owner: nobody, it keeps nothing. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>
#include <xcb/xcb.h>

struct hp_screen_mode {
    int width, height, rate; // pixels, pixels, Hz
};

enum {
    HP_SCREEN_MIN_SIDE = 64,
    HP_SCREEN_MAX_SIDE = 8192,
    HP_SCREEN_MAX_RATE = 240
};

// "1280x720" or "1280x720@30"; the width is rounded down to a multiple of 8, as encoders like it.
bool hp_screen_parse(const char *text, struct hp_screen_mode *mode);

// The same for a mode from elsewhere: false when it is out of range, else it is rounded.
bool hp_screen_round(struct hp_screen_mode *mode);

// The first line's timing of a mode: an X server without a monitor takes any. Pixels, lines, Hz.
unsigned hp_screen_get_dot_clock(
        const struct hp_screen_mode *mode, int *total_width, int *total_height);

bool hp_screen_query(xcb_connection_t *connection, xcb_window_t root, struct hp_screen_mode *mode);

// Makes the mode if the server has none like it. False when the server does not take it.
bool hp_screen_apply(
        xcb_connection_t *connection, xcb_window_t root, const struct hp_screen_mode *mode);

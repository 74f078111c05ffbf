// screen.h - reads and sets the size and rate of a display by RandR.
// Owner: nobody, it has no state. Thread: the connection's.
#pragma once

#include <stdbool.h>
#include <xcb/xcb.h>

struct hp_screen_mode {
    int width, height, rate; // pixels, pixels, Hz
};

enum {
    HP_SCREEN_MIN_SIDE = 64,
    HP_SCREEN_MAX_SIDE = 8192,
    HP_SCREEN_MAX_RATE = 240,
    HP_SCREEN_DEFAULT_RATE = 60
};

// Parses "1280x720" or "1280x720@30". The width is rounded down to a multiple of 8, for encoders.
// False: malformed or out of range.
bool hp_screen_parse(const char *text, struct hp_screen_mode *mode);

// Rounds a mode as hp_screen_parse() does. False: out of range.
bool hp_screen_round(struct hp_screen_mode *mode);

// The timing of a mode: the dot clock in Hz, the totals in pixels and lines, with blanking. An X
// server without a monitor takes any timing.
unsigned hp_screen_get_dot_clock(
        const struct hp_screen_mode *mode, int *total_width, int *total_height);

// Reads the mode in force, with the rate 0 if the server knows none. Every wait ends at once when
// `wake_fd` (-1: none) becomes readable. False: the server has gone, or the wait was ended.
bool hp_screen_query(xcb_connection_t *connection, xcb_window_t root, int wake_fd,
        struct hp_screen_mode *mode);

// Sets the mode, and creates it first if the server has none like it. False: the server refuses.
bool hp_screen_apply(
        xcb_connection_t *connection, xcb_window_t root, const struct hp_screen_mode *mode);

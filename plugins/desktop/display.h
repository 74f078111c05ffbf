// display.h - one X display: its name, the cookie that opens it, and connections to it. A
// connection never ends the process, and never waits without a limit.
// Owner: nobody, a value. Thread: any.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

enum {
    HP_DISPLAY_NAME_SIZE = 64,
    HP_DISPLAY_COOKIE_SIZE = 16,
    HP_DISPLAY_TIMEOUT_MS = 2000
};

struct hp_display {
    char name[HP_DISPLAY_NAME_SIZE]; // ":5"; empty: there is none yet
    bool has_cookie; // else XAUTHORITY counts
    uint8_t cookie[HP_DISPLAY_COOKIE_SIZE];
};

// The file has one line, "NAME" or "NAME COOKIE" (hex). It tells the display to the capture
// element, which outlives a restart of the X server under another number.
bool hp_display_read(struct hp_display *display, const char *path);
bool hp_display_write(const struct hp_display *display, const char *path);

// Connects. NULL when there is no such server. `screen` is valid as long as the connection.
xcb_connection_t *hp_display_connect(const struct hp_display *display, xcb_screen_t **screen);

// Lets every program of this process's user in without the cookie, since elements of GStreamer in a
// user's pipeline know only the display's name.
void hp_display_admit_user(xcb_connection_t *connection);

// The reply to a request, to be freed; NULL on an error, when the server is gone or slower than
// HP_DISPLAY_TIMEOUT_MS, or as soon as `wake_fd` (-1: none) is readable.
void *hp_display_wait(xcb_connection_t *connection, unsigned sequence, int wake_fd);

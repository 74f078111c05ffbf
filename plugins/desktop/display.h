// display.h - one X display: its name, the cookie that opens it, and connections to it. A
// connection never ends the process, and never waits without a limit.
// Owner: nobody, a value. Thread: any.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <xcb/xcb.h>

enum {
    HP_DISPLAY_NAME_SIZE = 64,
    HP_DISPLAY_COOKIE_SIZE = 16,
    HP_DISPLAY_TIMEOUT_MS = 2000
};

struct hp_display {
    char name[HP_DISPLAY_NAME_SIZE]; // ":5"; empty: no display yet
    bool has_cookie; // otherwise XAUTHORITY is used
    uint8_t cookie[HP_DISPLAY_COOKIE_SIZE];
    pid_t server; // the only X server that will do; 0: any
};

// The file has one line, "NAME" or "NAME COOKIE SERVER" (hex, decimal). From the file the capture
// element learns the display: the element outlives a restart of the X server under another number.
// False: cannot be read or written.
bool hp_display_read(struct hp_display *display, const char *path);
bool hp_display_write(const struct hp_display *display, const char *path);

// Connects. NULL: there is no such server, another one has taken the number of ours, it is slower
// than HP_DISPLAY_TIMEOUT_MS, or `wake_fd` (-1: none) has become readable. `screen` is valid as
// long as the connection.
xcb_connection_t *hp_display_connect(
        const struct hp_display *display, int wake_fd, xcb_screen_t **screen);

// Lets every program of this process's user in without the cookie, since GStreamer elements in a
// user's pipeline know only the display's name.
void hp_display_admit_user(xcb_connection_t *connection);

// Waits for the reply to a request; the caller frees the reply. NULL: an error, the server has gone
// or is slower than HP_DISPLAY_TIMEOUT_MS, or `wake_fd` (-1: none) has become readable.
void *hp_display_wait(xcb_connection_t *connection, unsigned sequence, int wake_fd);

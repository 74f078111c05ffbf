// fixture.h - an X server of the test's own on a display that the kernel gives, and a small client
// in it: a window that fills the screen, has the focus and writes down what reaches it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <xcb/xcb.h>
#include <xkbcommon/xkbcommon.h>

enum {
    FIXTURE_WIDTH = 640,
    FIXTURE_HEIGHT = 480,
    FIXTURE_TIMEOUT_MS = 5000
};

struct fixture {
    pid_t pid;
    char display[16];
    xcb_connection_t *connection;
    xcb_connection_t *xkb_connection; // one that knows of XKB gets no core MappingNotify
    xcb_screen_t *screen;
    xcb_window_t window;
    xcb_gcontext_t gc;
    struct xkb_context *context;
    struct xkb_keymap *keymap;
    struct xkb_state *state;
};

// False when there is no Xvfb here: the test ends with 77, which is "skipped".
bool fixture_is_possible(void);

// `number` is NULL or the number that the display shall have.
void fixture_start(struct fixture *fixture, const char *number);
void fixture_stop(struct fixture *fixture);
void fixture_kill_server(struct fixture *fixture); // and lets go of the client

void fixture_fill(struct fixture *fixture, uint32_t colour, int x, int y, int width, int height);

// The next event of one of two types, NULL after `timeout_ms`; to be freed.
xcb_generic_event_t *fixture_wait(struct fixture *fixture, int type, int other, int timeout_ms);

// The keysym of the next key that goes down (a modifier only if `with_modifiers`), as a program
// that keeps its map up to date sees it; 0 after `timeout_ms`.
uint32_t fixture_wait_key(struct fixture *fixture, bool with_modifiers, int timeout_ms);

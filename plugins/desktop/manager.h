// manager.h - finds out when the window manager of a display maps windows. Most take the display
// over, and also announce themselves (_NET_SUPPORTING_WM_CHECK), before they are able to: openbox
// loses the windows of programs that come in between. So a window of ours tries it.
// Owner: hp_observer, whose connection it uses. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <xcb/xcb.h>

struct hp_loop;

enum { HP_MANAGER_TIMEOUT_MS = 3000 };

// Told once, from the loop; false: no window has been mapped by a window manager in time.
typedef void (*hp_manager_fn)(void *arg, bool is_mapping);

struct hp_manager {
    xcb_connection_t *connection;
    const xcb_screen_t *screen;
    hp_manager_fn fn;
    void *arg;
    GSource *tick; // NULL: not looking
    int ticks; // since the start
    unsigned question; // whether the root's children are redirected; 0: not asked
    xcb_window_t window; // the present try; XCB_NONE: nobody redirects yet
    int window_ticks, try_ticks;
};

// Begins to look; all zero before. `connection` and `screen` are borrowed until hp_manager_stop().
void hp_manager_start(struct hp_manager *manager, struct hp_loop *loop,
        xcb_connection_t *connection, const xcb_screen_t *screen, hp_manager_fn fn, void *arg);
void hp_manager_stop(struct hp_manager *manager); // fn does not run any more; repeatable

// An event of the connection.
void hp_manager_handle_event(struct hp_manager *manager, const xcb_generic_event_t *event);

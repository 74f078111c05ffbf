// manager.c - finds out when the window manager of a display maps windows.
// Owner: hp_observer. Thread: the desktop's loop.
//
//   does anybody redirect the root's children? > map a window of ours > MapNotify: it is ready
//                                                ^-- again with a new one, if the first is lost
#include "manager.h"

#include <stdint.h>
#include <stdlib.h>

#include <xcb/xcbext.h>

#include "loop.h"

enum {
    TICK_MS = 20,
    FIRST_TRY_TICKS = 2, // then a window counts as lost; twice as long for each further window
};

static void
end(struct hp_manager *manager, bool is_mapping)
{
    if (manager->window != XCB_NONE) {
        xcb_destroy_window(manager->connection, manager->window);
        xcb_flush(manager->connection);
    }
    hp_manager_stop(manager);
    manager->fn(manager->arg, is_mapping);
}

// Small, without colour, and by its hints (ICCCM 4.1.2.4) never focused.
static void
map_window(struct hp_manager *manager)
{
    xcb_connection_t *connection = manager->connection;
    static const uint32_t hints[9] = { 1 }; // InputHint: input = False
    uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    if (manager->window != XCB_NONE) {
        xcb_destroy_window(connection, manager->window);
    }
    manager->window = xcb_generate_id(connection);
    manager->window_ticks = 0;
    xcb_create_window(connection, XCB_COPY_FROM_PARENT, manager->window, manager->screen->root, 0,
            0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, manager->screen->root_visual,
            XCB_CW_EVENT_MASK, &mask);
    xcb_change_property(connection, XCB_PROP_MODE_REPLACE, manager->window, XCB_ATOM_WM_HINTS,
            XCB_ATOM_WM_HINTS, 32, G_N_ELEMENTS(hints), hints);
    xcb_map_window(connection, manager->window);
    xcb_flush(connection);
}

// Without anybody who redirects, the server itself would map the window.
static bool
is_redirected(struct hp_manager *manager)
{
    void *answer = NULL;
    xcb_generic_error_t *error = NULL;
    if (manager->question != 0
            && xcb_poll_for_reply(manager->connection, manager->question, &answer, &error) == 0) {
        return false;
    }
    const xcb_get_window_attributes_reply_t *reply = answer;
    bool is_redirected = reply != NULL
            && (reply->all_event_masks & XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT) != 0;
    free(answer);
    free(error);
    manager->question = 0;
    if (!is_redirected) {
        manager->question =
                xcb_get_window_attributes(manager->connection, manager->screen->root).sequence;
        xcb_flush(manager->connection);
    }
    return is_redirected;
}

static void
tick(void *arg)
{
    struct hp_manager *manager = arg;
    if (++manager->ticks * TICK_MS >= HP_MANAGER_TIMEOUT_MS) {
        end(manager, false);
    } else if (manager->window == XCB_NONE) {
        if (is_redirected(manager)) {
            map_window(manager);
        }
    } else if (++manager->window_ticks >= manager->try_ticks) {
        manager->try_ticks *= 2;
        map_window(manager);
    }
}

void
hp_manager_start(struct hp_manager *manager, struct hp_loop *loop, xcb_connection_t *connection,
        const xcb_screen_t *screen, hp_manager_fn fn, void *arg)
{
    hp_manager_stop(manager);
    *manager = (struct hp_manager){ .connection = connection,
        .screen = screen,
        .fn = fn,
        .arg = arg,
        .window = XCB_NONE,
        .try_ticks = FIRST_TRY_TICKS };
    manager->tick = hp_loop_every(loop, TICK_MS, tick, manager);
}

void
hp_manager_stop(struct hp_manager *manager)
{
    hp_loop_cancel(&manager->tick);
    if (manager->question != 0) {
        xcb_discard_reply(manager->connection, manager->question);
        manager->question = 0;
    }
}

void
hp_manager_handle_event(struct hp_manager *manager, const xcb_generic_event_t *event)
{
    const xcb_map_notify_event_t *map = (const void *) event;
    if (manager->tick != NULL && (event->response_type & 0x7f) == XCB_MAP_NOTIFY
            && map->window == manager->window) {
        end(manager, true);
    }
}

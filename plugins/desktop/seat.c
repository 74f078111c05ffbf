// seat.c - what there is to do at one live display: feeds the device with the keyboard's map, tells
// the host of the pointer's picture and place and of the screen's size.
// Owner: hp_desktop. Thread: the desktop's loop; hp_seat_abort,
// hp_seat_catch_up and hp_seat_set_watched on any.
#include "seat.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <xcb/randr.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "cursor.h"
#include "device.h"
#include "display.h"
#include "keymap.h"
#include "layout.h"
#include "loop.h"
#include "news.h"
#include "screen.h"

enum {
    TICK_MS = 250, // the pointer's place when a program has moved it
    MAP_DELAY_MS = 20, // a change of the map is many events
    CATCH_UP_MS = 5, // a server that was busy, not one that hangs
};

struct hp_seat {
    struct hp_seat_params params;
    pthread_mutex_t lock; // of abort_fd
    int abort_fd; // -1: closed
    atomic_bool is_watched, is_catching_up;
    xcb_connection_t *connection;
    xcb_screen_t *screen;
    uint8_t fixes_event, randr_event, xkb_event; // types; 0: the server has none of it
    xcb_atom_t manager_atom; // the property of the root window that a window manager sets
    struct hp_cursor *cursor;
    GSource *events, *device_events, *tick, *map_timer, *catch_up_timer;
    int x, y; // where the pointer was at the last tick
};

struct hp_seat *
hp_seat_create(const struct hp_seat_params *params)
{
    struct hp_seat *seat = g_new0(struct hp_seat, 1);
    seat->params = *params;
    seat->abort_fd = -1;
    pthread_mutex_init(&seat->lock, NULL);
    return seat;
}

void
hp_seat_destroy(struct hp_seat *seat)
{
    if (seat == NULL) {
        return;
    }
    hp_seat_close(seat);
    pthread_mutex_destroy(&seat->lock);
    g_free(seat);
}

static void
set_abort_fd(struct hp_seat *seat, int fd)
{
    pthread_mutex_lock(&seat->lock);
    seat->abort_fd = fd;
    pthread_mutex_unlock(&seat->lock);
}

void
hp_seat_abort(struct hp_seat *seat)
{
    pthread_mutex_lock(&seat->lock);
    if (seat->abort_fd >= 0) {
        shutdown(seat->abort_fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&seat->lock);
}

void
hp_seat_set_watched(struct hp_seat *seat, bool is_watched)
{
    atomic_store(&seat->is_watched, is_watched);
}

void
hp_seat_close(struct hp_seat *seat)
{
    hp_loop_cancel(&seat->events);
    hp_loop_cancel(&seat->device_events);
    hp_loop_cancel(&seat->tick);
    hp_loop_cancel(&seat->map_timer);
    hp_loop_cancel(&seat->catch_up_timer);
    hp_device_close(seat->params.device);
    hp_cursor_destroy(seat->cursor);
    seat->cursor = NULL;
    set_abort_fd(seat, -1);
    if (seat->connection != NULL) {
        xcb_disconnect(seat->connection);
        seat->connection = NULL;
    }
}

static void
tell_cursor(struct hp_seat *seat, uint32_t serial)
{
    struct hp_plugin_cursor picture;
    if (hp_cursor_get(seat->cursor, seat->connection, serial, &picture)) {
        hp_news_set_cursor(seat->params.news, &picture);
    }
}

static void
tell_screen(struct hp_seat *seat)
{
    struct hp_screen_mode mode;
    if (hp_screen_query(seat->connection, seat->screen->root, &mode)) {
        hp_device_set_size(seat->params.device, mode.width, mode.height);
        hp_news_set_screen(seat->params.news, mode.width, mode.height, mode.rate);
    }
}

static void
fetch_map(void *arg)
{
    struct hp_seat *seat = arg;
    hp_loop_cancel(&seat->map_timer);
    uint64_t fetched_at = hp_device_get_use_count(seat->params.device);
    struct hp_keymap *keymap = hp_layout_fetch(seat->connection);
    if (keymap == NULL) {
        hp_news_log(seat->params.news, HP_PLUGIN_WARN, "the keyboard's map cannot be read");
        return;
    }
    hp_device_set_keymap(seat->params.device, keymap, fetched_at);
    uint32_t locked, group;
    if (hp_layout_query_locks(seat->connection, &locked, &group)) {
        hp_device_set_locks(seat->params.device, locked, group);
    }
}

static void
handle_layout(struct hp_seat *seat, const xcb_generic_event_t *event)
{
    uint32_t locked, group;
    switch (hp_layout_parse(event, &locked, &group)) {
    case HP_LAYOUT_NOTHING: break;
    case HP_LAYOUT_LOCKS: hp_device_set_locks(seat->params.device, locked, group); break;
    case HP_LAYOUT_MAP:
        if (seat->map_timer == NULL) {
            seat->map_timer = hp_loop_every(seat->params.loop, MAP_DELAY_MS, fetch_map, seat);
        }
        break;
    }
}

// What has changed since the last turn; of several changes only the last one is told.
struct changes {
    bool has_screen, has_cursor;
    uint32_t serial;
};

static void
handle_event(struct hp_seat *seat, const xcb_generic_event_t *event, struct changes *changes)
{
    uint8_t type = event->response_type & 0x7f;
    if (seat->xkb_event != 0 && type == seat->xkb_event) {
        handle_layout(seat, event);
    } else if (seat->fixes_event != 0 && type == seat->fixes_event + XCB_XFIXES_CURSOR_NOTIFY) {
        changes->has_cursor = true;
        changes->serial = ((const xcb_xfixes_cursor_notify_event_t *) event)->cursor_serial;
    } else if (type == XCB_PROPERTY_NOTIFY) {
        const xcb_property_notify_event_t *property = (const void *) event;
        if (property->atom == seat->manager_atom && property->state == XCB_PROPERTY_NEW_VALUE) {
            seat->params.on_managed(seat->params.arg);
        }
    } else if (type == XCB_CONFIGURE_NOTIFY
            || (seat->randr_event != 0
                    && type == seat->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY)) {
        changes->has_screen = true;
    }
}

// Replies that are waited for bring events along, so this ends only when there are none left.
static void
read_events(void *arg)
{
    struct hp_seat *seat = arg;
    bool is_done = false;
    while (!is_done) {
        struct changes changes = { 0 };
        xcb_generic_event_t *event;
        is_done = true;
        while ((event = xcb_poll_for_event(seat->connection)) != NULL) {
            handle_event(seat, event, &changes);
            free(event);
        }
        if (changes.has_screen) {
            tell_screen(seat);
            is_done = false;
        }
        if (changes.has_cursor) {
            tell_cursor(seat, changes.serial);
            is_done = false;
        }
    }
    xcb_flush(seat->connection);
    if (xcb_connection_has_error(seat->connection) != 0) {
        seat->params.on_lost(seat->params.arg);
    }
}

static void
drain_device(void *arg)
{
    struct hp_seat *seat = arg;
    if (!hp_device_drain(seat->params.device)) {
        seat->params.on_lost(seat->params.arg);
    }
}

static void
follow_pointer(struct hp_seat *seat)
{
    xcb_query_pointer_reply_t *reply = hp_display_wait(
            seat->connection, xcb_query_pointer(seat->connection, seat->screen->root).sequence, -1);
    if (reply != NULL && (reply->root_x != seat->x || reply->root_y != seat->y)) {
        seat->x = reply->root_x;
        seat->y = reply->root_y;
        hp_news_move_cursor(seat->params.news, seat->x, seat->y);
    }
    free(reply);
}

static void
catch_up(void *arg)
{
    struct hp_seat *seat = arg;
    int x, y;
    atomic_store(&seat->is_catching_up, false); // from here on a worker may ask again
    if (hp_device_catch_up(seat->params.device, &x, &y)) {
        hp_news_move_cursor(seat->params.news, x, y);
    }
    if (!hp_device_is_behind(seat->params.device)) {
        hp_loop_cancel(&seat->catch_up_timer);
    } else if (seat->catch_up_timer == NULL) {
        seat->catch_up_timer = hp_loop_every(seat->params.loop, CATCH_UP_MS, catch_up, seat);
    }
}

void
hp_seat_catch_up(struct hp_seat *seat)
{
    if (!atomic_exchange(&seat->is_catching_up, true)) {
        hp_loop_post(seat->params.loop, catch_up, seat);
    }
}

static void
tick(void *arg)
{
    struct hp_seat *seat = arg;
    if (hp_device_expire(seat->params.device, g_get_monotonic_time())) {
        hp_news_log(seat->params.news, HP_PLUGIN_DEBUG,
                "let go of what was held for 10 s without a further event");
    }
    if (atomic_load(&seat->is_watched)) {
        follow_pointer(seat);
    }
    read_events(seat); // those that a reply has brought along
}

static uint8_t
find_extension(struct hp_seat *seat, xcb_extension_t *id)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(seat->connection, id);
    return extension != NULL && extension->present ? extension->first_event : 0;
}

static void
select_events(struct hp_seat *seat)
{
    xcb_connection_t *connection = seat->connection;
    xcb_window_t root = seat->screen->root;
    static const char manager[] = "_NET_SUPPORTING_WM_CHECK";
    xcb_intern_atom_reply_t *atom = hp_display_wait(
            connection, xcb_intern_atom(connection, 0, sizeof(manager) - 1, manager).sequence, -1);
    seat->manager_atom = atom == NULL ? XCB_NONE : atom->atom;
    free(atom);
    uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_change_window_attributes(connection, root, XCB_CW_EVENT_MASK, &mask);
    seat->fixes_event = find_extension(seat, &xcb_xfixes_id);
    if (seat->fixes_event != 0) {
        free(hp_display_wait(connection,
                xcb_xfixes_query_version(
                        connection, XCB_XFIXES_MAJOR_VERSION, XCB_XFIXES_MINOR_VERSION)
                        .sequence,
                -1));
        xcb_xfixes_select_cursor_input(
                connection, root, XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
    }
    seat->randr_event = find_extension(seat, &xcb_randr_id);
    if (seat->randr_event != 0) {
        free(hp_display_wait(connection,
                xcb_randr_query_version(
                        connection, XCB_RANDR_MAJOR_VERSION, XCB_RANDR_MINOR_VERSION)
                        .sequence,
                -1));
        xcb_randr_select_input(connection, root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
    }
    if (!hp_layout_select(connection, &seat->xkb_event)) {
        seat->xkb_event = 0;
    }
}

bool
hp_seat_open(struct hp_seat *seat, const struct hp_display *display)
{
    hp_seat_close(seat);
    seat->connection = hp_display_connect(display, &seat->screen);
    if (seat->connection == NULL) {
        return false;
    }
    set_abort_fd(seat, xcb_get_file_descriptor(seat->connection));
    if (display->has_cookie) { // the X server is ours
        hp_display_admit_user(seat->connection);
    }
    if (!hp_device_open(seat->params.device, display)) {
        hp_seat_close(seat);
        return false;
    }
    seat->cursor = hp_cursor_create();
    seat->x = seat->y = -1;
    select_events(seat);
    fetch_map(seat);
    tell_screen(seat);
    tell_cursor(seat, 0);
    struct hp_loop *loop = seat->params.loop;
    seat->events =
            hp_loop_watch(loop, xcb_get_file_descriptor(seat->connection), read_events, seat);
    seat->device_events =
            hp_loop_watch(loop, hp_device_get_fd(seat->params.device), drain_device, seat);
    seat->tick = hp_loop_every(loop, TICK_MS, tick, seat);
    xcb_flush(seat->connection);
    return true;
}

void
hp_seat_set_screen(struct hp_seat *seat, const struct hp_screen_mode *mode)
{
    if (seat->connection == NULL) {
        return;
    }
    if (!hp_screen_apply(seat->connection, seat->screen->root, mode)) {
        hp_news_log(seat->params.news, HP_PLUGIN_WARN, "the X server does not take %dx%d@%d",
                mode->width, mode->height, mode->rate);
    }
    tell_screen(seat);
}

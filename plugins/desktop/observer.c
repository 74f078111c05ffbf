// observer.c - watches one live display: informs the device and the host.
// Owner: hp_desktop. Thread: the desktop's loop; abort, catch_up and set_watched on any.
#include "observer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <glib.h>
#include <xcb/randr.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xfixes.h>

#include "cursor_images.h"
#include "device.h"
#include "display.h"
#include "keymap.h"
#include "layout.h"
#include "loop.h"
#include "news.h"
#include "screen.h"

enum {
    TICK_MS = 250, // how often the pointer's place is asked for, since programs move it too
    MAP_DELAY_MS = 20, // one change of the keyboard's map comes as many events
    CATCH_UP_MS = 5, // short enough after a server that was busy
    // A server hangs that has not answered for so many ticks, 10 s or more: of ticks, since on a
    // machine that has no time for the server this thread has few of them.
    HUNG_TICKS = 40,
};

struct hp_observer {
    struct hp_observer_params params;
    pthread_mutex_t lock; // of abort_fd
    int abort_fd; // -1: closed
    atomic_bool is_watched, is_catching_up;
    xcb_connection_t *connection;
    xcb_screen_t *screen;
    uint8_t fixes_event, randr_event, xkb_event; // first types; 0: no such extension
    struct hp_manager manager;
    struct hp_cursor_images *images; // of the pointer
    GSource *events, *device_events, *tick, *map_timer, *catch_up_timer;
    int x, y; // where the pointer was at the last tick
    unsigned pulse; // a question that the server has not answered yet; 0: none
    int silent_ticks; // since that question
};

struct hp_observer *
hp_observer_create(const struct hp_observer_params *params)
{
    struct hp_observer *observer = g_new0(struct hp_observer, 1);
    observer->params = *params;
    observer->abort_fd = -1;
    pthread_mutex_init(&observer->lock, NULL);
    return observer;
}

void
hp_observer_destroy(struct hp_observer *observer)
{
    if (observer == NULL) {
        return;
    }
    hp_observer_close(observer);
    pthread_mutex_destroy(&observer->lock);
    g_free(observer);
}

static void
set_abort_fd(struct hp_observer *observer, int fd)
{
    pthread_mutex_lock(&observer->lock);
    observer->abort_fd = fd;
    pthread_mutex_unlock(&observer->lock);
}

void
hp_observer_abort(struct hp_observer *observer)
{
    pthread_mutex_lock(&observer->lock);
    if (observer->abort_fd >= 0) {
        shutdown(observer->abort_fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&observer->lock);
}

void
hp_observer_set_watched(struct hp_observer *observer, bool is_watched)
{
    atomic_store(&observer->is_watched, is_watched);
}

void
hp_observer_close(struct hp_observer *observer)
{
    hp_loop_cancel(&observer->events);
    hp_loop_cancel(&observer->device_events);
    hp_loop_cancel(&observer->tick);
    hp_loop_cancel(&observer->map_timer);
    hp_loop_cancel(&observer->catch_up_timer);
    hp_manager_stop(&observer->manager);
    hp_device_close(observer->params.device);
    hp_cursor_images_destroy(observer->images);
    observer->images = NULL;
    set_abort_fd(observer, -1);
    if (observer->connection != NULL) {
        xcb_disconnect(observer->connection);
        observer->connection = NULL;
    }
}

static void
tell_cursor(struct hp_observer *observer, uint32_t serial)
{
    struct hp_plugin_cursor picture;
    if (hp_cursor_images_get(observer->images, observer->connection, serial, &picture)) {
        hp_news_set_cursor(observer->params.news, &picture);
    }
}

static bool
query_screen(const struct hp_observer *observer, struct hp_screen_mode *mode)
{
    bool is_known = hp_screen_query(observer->connection, observer->screen->root, -1, mode);
    mode->rate = is_known && mode->rate > 0 ? mode->rate : HP_SCREEN_DEFAULT_RATE;
    return is_known;
}

static void
tell_screen(struct hp_observer *observer)
{
    struct hp_screen_mode mode;
    if (query_screen(observer, &mode)) {
        hp_device_set_size(observer->params.device, mode.width, mode.height);
        hp_news_set_screen(observer->params.news, mode.width, mode.height, mode.rate);
    }
}

static void
fetch_map(void *arg)
{
    struct hp_observer *observer = arg;
    hp_loop_cancel(&observer->map_timer);
    uint64_t fetched_at = hp_device_get_use_count(observer->params.device);
    struct hp_keymap *keymap = hp_layout_fetch(observer->connection);
    if (keymap == NULL) {
        hp_news_log(observer->params.news, HP_PLUGIN_WARN,
                "the X server does not tell its keyboard's map: keys are pressed by the old map, "
                "so after a change of layout some may be wrong");
        return;
    }
    hp_device_set_keymap(observer->params.device, keymap, fetched_at);
    uint32_t locked, group;
    if (hp_layout_query_locks(observer->connection, &locked, &group)) {
        hp_device_set_locks(observer->params.device, locked, group);
    }
}

static void
handle_layout(struct hp_observer *observer, const xcb_generic_event_t *event)
{
    uint32_t locked, group;
    switch (hp_layout_parse(event, &locked, &group)) {
    case HP_LAYOUT_NOTHING: break;
    case HP_LAYOUT_LOCKS: hp_device_set_locks(observer->params.device, locked, group); break;
    case HP_LAYOUT_MAP:
        if (observer->map_timer == NULL) {
            observer->map_timer =
                    hp_loop_every(observer->params.loop, MAP_DELAY_MS, fetch_map, observer);
        }
        break;
    }
}

// The changes since the last turn. Of several changes of one kind only the last one is told.
struct changes {
    bool has_screen, has_cursor;
    uint32_t serial;
};

static void
handle_event(
        struct hp_observer *observer, const xcb_generic_event_t *event, struct changes *changes)
{
    uint8_t type = event->response_type & 0x7f;
    if (observer->xkb_event != 0 && type == observer->xkb_event) {
        handle_layout(observer, event);
    } else if (observer->fixes_event != 0
            && type == observer->fixes_event + XCB_XFIXES_CURSOR_NOTIFY) {
        changes->has_cursor = true;
        changes->serial = ((const xcb_xfixes_cursor_notify_event_t *) event)->cursor_serial;
    } else if ((type == XCB_CONFIGURE_NOTIFY
                       && ((const xcb_configure_notify_event_t *) event)->window
                               == observer->screen->root)
            || (observer->randr_event != 0
                    && type == observer->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY)) {
        changes->has_screen = true;
    }
}

// A wait for a reply reads further events too, so the loop ends only when none is left.
static void
read_events(void *arg)
{
    struct hp_observer *observer = arg;
    bool is_done = false;
    while (!is_done) {
        struct changes changes = { 0 };
        xcb_generic_event_t *event;
        is_done = true;
        while ((event = xcb_poll_for_event(observer->connection)) != NULL) {
            handle_event(observer, event, &changes);
            hp_manager_handle_event(&observer->manager, event);
            free(event);
        }
        if (changes.has_screen) {
            tell_screen(observer);
            is_done = false;
        }
        if (changes.has_cursor) {
            tell_cursor(observer, changes.serial);
            is_done = false;
        }
    }
    xcb_flush(observer->connection);
    if (xcb_connection_has_error(observer->connection) != 0) {
        observer->params.on_lost(observer->params.arg);
    }
}

static void
drain_device(void *arg)
{
    struct hp_observer *observer = arg;
    if (!hp_device_drain(observer->params.device)) {
        observer->params.on_lost(observer->params.arg);
    }
}

static void
follow_pointer(struct hp_observer *observer)
{
    xcb_query_pointer_cookie_t cookie =
            xcb_query_pointer(observer->connection, observer->screen->root);
    xcb_query_pointer_reply_t *reply =
            hp_display_wait(observer->connection, cookie.sequence, -1);
    if (reply != NULL && (reply->root_x != observer->x || reply->root_y != observer->y)) {
        observer->x = reply->root_x;
        observer->y = reply->root_y;
        hp_news_move_cursor(observer->params.news, observer->x, observer->y);
    }
    free(reply);
}

static void
catch_up(void *arg)
{
    struct hp_observer *observer = arg;
    int x, y;
    atomic_store(&observer->is_catching_up, false); // from here on a worker may post again
    if (hp_device_catch_up(observer->params.device, g_get_monotonic_time(), &x, &y)) {
        hp_news_move_cursor(observer->params.news, x, y);
    }
    if (!hp_device_is_behind(observer->params.device)) {
        hp_loop_cancel(&observer->catch_up_timer);
    } else if (observer->catch_up_timer == NULL) {
        observer->catch_up_timer =
                hp_loop_every(observer->params.loop, CATCH_UP_MS, catch_up, observer);
    }
}

void
hp_observer_catch_up(struct hp_observer *observer)
{
    if (!atomic_exchange(&observer->is_catching_up, true)) {
        hp_loop_post(observer->params.loop, catch_up, observer);
    }
}

// Asks the server now and then whether it lives. True: the last question has no answer yet.
static bool
is_silent(struct hp_observer *observer)
{
    void *reply = NULL;
    xcb_generic_error_t *error = NULL;
    if (observer->pulse != 0
            && xcb_poll_for_reply(observer->connection, observer->pulse, &reply, &error) == 0) {
        if (++observer->silent_ticks == HUNG_TICKS) {
            observer->params.on_hung(observer->params.arg);
        }
        return true;
    }
    free(reply);
    free(error);
    observer->silent_ticks = 0;
    observer->pulse = xcb_get_input_focus(observer->connection).sequence;
    xcb_flush(observer->connection);
    return false;
}

static void
tick(void *arg)
{
    struct hp_observer *observer = arg;
    if (hp_device_expire(observer->params.device, g_get_monotonic_time())) {
        hp_news_log(observer->params.news, HP_PLUGIN_DEBUG,
                "released all keys and buttons, which were held for 10 s without a further event");
    }
    if (!is_silent(observer) && atomic_load(&observer->is_watched)) {
        follow_pointer(observer);
    }
    read_events(observer); // those that the reply of follow_pointer() has brought
}

static uint8_t
find_extension(struct hp_observer *observer, xcb_extension_t *id)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(observer->connection, id);
    return extension != NULL && extension->present ? extension->first_event : 0;
}

static void
select_events(struct hp_observer *observer)
{
    xcb_connection_t *connection = observer->connection;
    xcb_window_t root = observer->screen->root;
    uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(connection, root, XCB_CW_EVENT_MASK, &mask);
    observer->fixes_event = find_extension(observer, &xcb_xfixes_id);
    if (observer->fixes_event != 0) {
        free(hp_display_wait(connection,
                xcb_xfixes_query_version(
                        connection, XCB_XFIXES_MAJOR_VERSION, XCB_XFIXES_MINOR_VERSION)
                        .sequence,
                -1));
        xcb_xfixes_select_cursor_input(
                connection, root, XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
    }
    observer->randr_event = find_extension(observer, &xcb_randr_id);
    if (observer->randr_event != 0) {
        free(hp_display_wait(connection,
                xcb_randr_query_version(
                        connection, XCB_RANDR_MAJOR_VERSION, XCB_RANDR_MINOR_VERSION)
                        .sequence,
                -1));
        xcb_randr_select_input(connection, root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
    }
    if (!hp_layout_select(connection, &observer->xkb_event)) {
        observer->xkb_event = 0;
    }
}

bool
hp_observer_open(struct hp_observer *observer, const struct hp_display *display)
{
    hp_observer_close(observer);
    int wake_fd = hp_loop_get_abort_fd(observer->params.loop);
    observer->connection = hp_display_connect(display, wake_fd, &observer->screen);
    if (observer->connection == NULL) {
        return false;
    }
    set_abort_fd(observer, xcb_get_file_descriptor(observer->connection));
    if (display->has_cookie) { // only an X server of our own has one
        hp_display_admit_user(observer->connection);
    }
    if (!hp_device_open(observer->params.device, display, wake_fd)) {
        hp_observer_close(observer);
        return false;
    }
    observer->images = hp_cursor_images_create();
    observer->x = observer->y = -1;
    observer->pulse = 0;
    select_events(observer);
    fetch_map(observer);
    tell_screen(observer);
    tell_cursor(observer, 0);
    struct hp_loop *loop = observer->params.loop;
    observer->events = hp_loop_watch(
            loop, xcb_get_file_descriptor(observer->connection), read_events, observer);
    observer->device_events =
            hp_loop_watch(loop, hp_device_get_fd(observer->params.device), drain_device, observer);
    observer->tick = hp_loop_every(loop, TICK_MS, tick, observer);
    if (display->has_cookie) {
        hp_manager_start(&observer->manager, loop, observer->connection, observer->screen,
                observer->params.on_managed, observer->params.arg);
    }
    xcb_flush(observer->connection);
    return true;
}

void
hp_observer_set_screen(struct hp_observer *observer, const struct hp_screen_mode *mode)
{
    if (observer->connection == NULL) {
        return;
    }
    struct hp_screen_mode present;
    xcb_window_t root = observer->screen->root;
    bool is_there = query_screen(observer, &present)
            && present.width == mode->width && present.height == mode->height
            && present.rate == mode->rate;
    if (!is_there && !hp_screen_apply(observer->connection, root, mode)) {
        hp_news_log(observer->params.news, HP_PLUGIN_WARN,
                "the X server refuses %dx%d@%d and keeps its screen: choose a size that its "
                "monitor or driver can show",
                mode->width, mode->height, mode->rate);
    }
    tell_screen(observer);
}

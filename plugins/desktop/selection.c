// selection.c - the clipboard of one live display, in text both ways.
// Owner: hp_desktop. Thread: the desktop's loop; hp_selection_set on any.
//
//   a person copies: set > [keys wait] > loop: ask the server's time > own selection > [keys go]
//   a program copies: XFixes notice > reader asks for the text > news, unless it is an echo
//   a person pastes that same text: the program stays the owner, since it may give more than text
#include "selection.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "atoms.h"
#include "device.h"
#include "display.h"
#include "loop.h"
#include "news.h"
#include "selection_owner.h"
#include "selection_reader.h"

enum {
    TICK_MS = 1000, // how often it is looked whether a program hangs
    ROOM_MS = 20, // how often a server is looked at that takes nothing
    READ_GAP_US = 100 * 1000, // between two texts, since a program may copy in a loop
    READ_GAP_US_PER_KB = 5 * 1000, // and more for a large one: the browser's line has to carry it
    // A clipboard manager that takes a person's text over as its own comes that soon.
    ECHO_US = 2 * 1000 * 1000,
};

struct hp_selection {
    struct hp_selection_params params;
    pthread_mutex_t lock; // of wanted
    char *wanted; // owned; a text that the loop has not taken yet, NULL: none
    // The members below belong to the loop.
    xcb_connection_t *connection; // NULL: closed
    xcb_window_t window;
    struct hp_atoms atoms;
    uint8_t fixes_event; // first type; 0: no such extension
    GBytes *text; // the last one of a person; NULL: none
    int64_t text_us; // when it was set
    GBytes *given; // what the program that owns the selection gives as text; NULL: unknown
    bool is_taking; // the server's time is on its way
    struct hp_selection_owner owner;
    struct hp_selection_reader reader;
    GSource *events, *tick, *read_timer, *room_timer;
    xcb_timestamp_t read_time; // of the copy that is to be read
    int64_t next_read_us;
};

struct hp_selection *
hp_selection_create(const struct hp_selection_params *params)
{
    struct hp_selection *selection = g_new0(struct hp_selection, 1);
    selection->params = *params;
    pthread_mutex_init(&selection->lock, NULL);
    return selection;
}

void
hp_selection_close(struct hp_selection *selection)
{
    hp_loop_cancel(&selection->events);
    hp_loop_cancel(&selection->tick);
    hp_loop_cancel(&selection->read_timer);
    hp_loop_cancel(&selection->room_timer);
    hp_selection_owner_finish(&selection->owner);
    hp_selection_reader_finish(&selection->reader);
    g_clear_pointer(&selection->text, g_bytes_unref);
    g_clear_pointer(&selection->given, g_bytes_unref);
    selection->is_taking = false;
    if (selection->connection != NULL) {
        xcb_disconnect(selection->connection);
        selection->connection = NULL;
    }
}

void
hp_selection_destroy(struct hp_selection *selection)
{
    if (selection == NULL) {
        return;
    }
    hp_selection_close(selection);
    g_free(selection->wanted);
    pthread_mutex_destroy(&selection->lock);
    g_free(selection);
}

static bool
is_echo(const struct hp_selection *selection, const char *text)
{
    if (selection->text == NULL || g_get_monotonic_time() - selection->text_us > ECHO_US) {
        return false;
    }
    gsize size;
    const void *last = g_bytes_get_data(selection->text, &size);
    return strlen(text) == size && memcmp(last, text, size) == 0;
}

static void
on_text(void *arg, const char *text)
{
    struct hp_selection *selection = arg;
    size_t size = strlen(text);
    selection->next_read_us = g_get_monotonic_time() + READ_GAP_US
            + (int64_t) (size / 1024) * READ_GAP_US_PER_KB;
    if (selection->fixes_event != 0 && selection->owner.text == NULL
            && selection->read_timer == NULL) { // else the owner is another meanwhile
        g_clear_pointer(&selection->given, g_bytes_unref);
        selection->given = g_bytes_new(text, size);
    }
    if (size > 0 && !is_echo(selection, text)) {
        hp_news_set_clipboard(selection->params.news, text);
    }
}

static xcb_window_t
query_owner(struct hp_selection *selection)
{
    xcb_get_selection_owner_cookie_t cookie = xcb_get_selection_owner(
            selection->connection, selection->atoms.of[HP_ATOM_CLIPBOARD]);
    xcb_get_selection_owner_reply_t *reply =
            hp_display_wait(selection->connection, cookie.sequence, -1);
    xcb_window_t owner = reply == NULL ? XCB_NONE : reply->owner;
    free(reply);
    return owner;
}

// Nothing is told of an owner that has ended, or is another meanwhile.
static void
on_skipped(void *arg, bool is_too_large)
{
    struct hp_selection *selection = arg;
    selection->next_read_us = g_get_monotonic_time() + READ_GAP_US;
    if (selection->owner.text == NULL && selection->read_timer == NULL
            && query_owner(selection) != XCB_NONE) {
        hp_news_skip_clipboard(selection->params.news, is_too_large);
    }
}

static void
read_now(void *arg)
{
    struct hp_selection *selection = arg;
    hp_loop_cancel(&selection->read_timer);
    if (selection->owner.text == NULL) { // else a person was faster
        hp_selection_reader_start(&selection->reader, selection->read_time);
    }
}

static void
read_later(struct hp_selection *selection, xcb_timestamp_t time)
{
    int64_t wait_us = selection->next_read_us - g_get_monotonic_time();
    selection->read_time = time;
    if (selection->read_timer != NULL) {
        return;
    }
    if (wait_us <= 0) {
        read_now(selection);
        return;
    }
    selection->read_timer = hp_loop_every(
            selection->params.loop, (unsigned) (wait_us / 1000 + 1), read_now, selection);
}

// Keys go on once no further text is on its way.
static void
let_keys_go(struct hp_selection *selection)
{
    pthread_mutex_lock(&selection->lock);
    if (selection->wanted == NULL) {
        hp_device_let_keys_go(selection->params.device);
    }
    pthread_mutex_unlock(&selection->lock);
}

// Does a program give that very text? All that was copied before the server's time is known.
static bool
is_given(const struct hp_selection *selection)
{
    return selection->given != NULL && g_bytes_equal(selection->given, selection->text);
}

// The server has told its time, which ICCCM 2.1 wants instead of CurrentTime. With the answer to
// query_owner() the selection is ours for every other connection, that of the keys too.
static void
own(struct hp_selection *selection, xcb_timestamp_t time)
{
    selection->is_taking = false;
    if (is_given(selection)) {
        let_keys_go(selection);
        return;
    }
    hp_selection_owner_set(&selection->owner, selection->text, time);
    xcb_set_selection_owner(selection->connection, selection->window,
            selection->atoms.of[HP_ATOM_CLIPBOARD], time);
    if (query_owner(selection) != selection->window) {
        hp_selection_owner_set(&selection->owner, NULL, 0); // a program was faster
    }
    let_keys_go(selection);
}

// Does the server's socket take the answer to one event, without a wait? XCB waits without a limit
// before each write into a socket that is not writable, which is one whose quarter is used.
static bool
has_room(const struct hp_selection *selection)
{
    struct pollfd fd = { .fd = xcb_get_file_descriptor(selection->connection), .events = POLLOUT };
    return poll(&fd, 1, 0) == 1;
}

static bool
flush_if_room(struct hp_selection *selection)
{
    if (has_room(selection)) {
        xcb_flush(selection->connection);
        return has_room(selection);
    }
    return false;
}

static void
take(void *arg)
{
    struct hp_selection *selection = arg;
    pthread_mutex_lock(&selection->lock);
    char *text = g_steal_pointer(&selection->wanted);
    pthread_mutex_unlock(&selection->lock);
    if (text == NULL || selection->connection == NULL) {
        g_free(text);
        let_keys_go(selection);
        return;
    }
    g_clear_pointer(&selection->text, g_bytes_unref);
    selection->text = g_bytes_new_take(text, strlen(text));
    selection->text_us = g_get_monotonic_time();
    if (!selection->is_taking) {
        selection->is_taking = true;
        xcb_change_property(selection->connection, XCB_PROP_MODE_APPEND, selection->window,
                selection->atoms.of[HP_ATOM_TIME], XCB_ATOM_INTEGER, 32, 0, NULL);
        flush_if_room(selection); // else the timer does it
    }
}

void
hp_selection_set(struct hp_selection *selection, const char *text)
{
    pthread_mutex_lock(&selection->lock);
    g_free(selection->wanted);
    selection->wanted = g_strdup(text);
    hp_device_hold_keys(selection->params.device);
    pthread_mutex_unlock(&selection->lock);
    hp_loop_post(selection->params.loop, take, selection);
}

static void
handle_property(struct hp_selection *selection, const xcb_property_notify_event_t *property)
{
    if (property->window != selection->window) {
        hp_selection_owner_handle_property(&selection->owner, property);
    } else if (property->atom != selection->atoms.of[HP_ATOM_TIME]) {
        hp_selection_reader_handle_property(&selection->reader, property);
    } else if (selection->is_taking) {
        own(selection, property->time);
    }
}

static void
handle_fixes(struct hp_selection *selection, const xcb_xfixes_selection_notify_event_t *notify)
{
    if (notify->selection != selection->atoms.of[HP_ATOM_CLIPBOARD]) {
        return;
    }
    g_clear_pointer(&selection->given, g_bytes_unref);
    if (notify->owner != XCB_NONE && notify->owner != selection->window) {
        read_later(selection, notify->selection_timestamp);
    }
}

static void
handle_event(struct hp_selection *selection, const xcb_generic_event_t *event)
{
    uint8_t type = event->response_type & 0x7f;
    if (selection->fixes_event != 0
            && type == selection->fixes_event + XCB_XFIXES_SELECTION_NOTIFY) {
        handle_fixes(selection, (const void *) event);
    } else if (type == XCB_PROPERTY_NOTIFY) {
        handle_property(selection, (const void *) event);
    } else if (type == XCB_SELECTION_REQUEST) {
        hp_selection_owner_handle_request(&selection->owner, (const void *) event);
    } else if (type == XCB_SELECTION_NOTIFY) {
        hp_selection_reader_handle_notify(&selection->reader, (const void *) event);
    } else if (type == XCB_SELECTION_CLEAR) {
        hp_selection_owner_set(&selection->owner, NULL, 0);
    }
}

static void read_events(void *arg);

// The descriptor of a server without room is not watched, as it may be readable all the time.
static void
watch(struct hp_selection *selection, bool has_room)
{
    struct hp_loop *loop = selection->params.loop;
    if (has_room && selection->events == NULL) {
        hp_loop_cancel(&selection->room_timer);
        selection->events = hp_loop_watch(
                loop, xcb_get_file_descriptor(selection->connection), read_events, selection);
    } else if (!has_room && selection->room_timer == NULL) {
        hp_loop_cancel(&selection->events);
        selection->room_timer = hp_loop_every(loop, ROOM_MS, read_events, selection);
    }
}

// A server that hangs must not hold the loop up, where it is watched: its events wait until it
// takes answers again. That it has gone is the observer's news, which has the selection closed.
static void
read_events(void *arg)
{
    struct hp_selection *selection = arg;
    xcb_generic_event_t *event = NULL;
    bool may_write;
    while ((may_write = flush_if_room(selection))
            && (event = xcb_poll_for_event(selection->connection)) != NULL) {
        handle_event(selection, event);
        free(event);
    }
    if (xcb_connection_has_error(selection->connection) != 0) {
        hp_selection_close(selection);
        return;
    }
    watch(selection, may_write);
}

static void
tick(void *arg)
{
    struct hp_selection *selection = arg;
    int64_t now_us = g_get_monotonic_time();
    hp_selection_owner_expire(&selection->owner, now_us);
    hp_selection_reader_expire(&selection->reader, now_us);
    read_events(selection); // those that the wait for a reply has brought
}

static bool
select_events(struct hp_selection *selection)
{
    xcb_connection_t *connection = selection->connection;
    const xcb_query_extension_reply_t *fixes = xcb_get_extension_data(connection, &xcb_xfixes_id);
    if (fixes == NULL || !fixes->present) {
        hp_news_log(selection->params.news, HP_PLUGIN_WARN,
                "the X server has no XFixes: what programs copy does not reach the browser");
        selection->fixes_event = 0;
        return true;
    }
    selection->fixes_event = fixes->first_event;
    void *version = hp_display_wait(connection,
            xcb_xfixes_query_version(
                    connection, XCB_XFIXES_MAJOR_VERSION, XCB_XFIXES_MINOR_VERSION)
                    .sequence,
            -1);
    free(version);
    xcb_xfixes_select_selection_input(connection, selection->window,
            selection->atoms.of[HP_ATOM_CLIPBOARD],
            XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER
                    | XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_WINDOW_DESTROY
                    | XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_CLIENT_CLOSE);
    return version != NULL;
}

static void
create_window(struct hp_selection *selection, xcb_screen_t *screen)
{
    uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
    selection->window = xcb_generate_id(selection->connection);
    xcb_create_window(selection->connection, 0, selection->window, screen->root, -1, -1, 1, 1, 0,
            XCB_WINDOW_CLASS_INPUT_ONLY, screen->root_visual, XCB_CW_EVENT_MASK, &mask);
}

bool
hp_selection_open(struct hp_selection *selection, const struct hp_display *display)
{
    hp_selection_close(selection);
    xcb_screen_t *screen;
    selection->connection = hp_display_connect(
            display, hp_loop_get_abort_fd(selection->params.loop), &screen);
    if (selection->connection == NULL) {
        return false;
    }
    create_window(selection, screen);
    hp_selection_owner_init(&selection->owner, selection->connection, &selection->atoms);
    selection->reader = (struct hp_selection_reader){ .connection = selection->connection,
        .window = selection->window,
        .atoms = &selection->atoms,
        .news = selection->params.news,
        .on_text = on_text,
        .on_skipped = on_skipped,
        .arg = selection };
    hp_selection_reader_init(&selection->reader);
    if (!hp_atoms_fetch(&selection->atoms, selection->connection) || !select_events(selection)) {
        hp_selection_close(selection);
        return false;
    }
    struct hp_loop *loop = selection->params.loop;
    watch(selection, true);
    selection->tick = hp_loop_every(loop, TICK_MS, tick, selection);
    if (query_owner(selection) != XCB_NONE) { // copied before we came
        read_later(selection, XCB_CURRENT_TIME);
    }
    xcb_flush(selection->connection);
    return true;
}

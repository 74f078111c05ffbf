// device.c - the input devices of a display: keyboard and pointer behind one lock.
// Owner: hp_desktop. Thread: the desktop's loop; hp_device_handle and hp_device_is_behind on any.
#include "device.h"

#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>
#include <xkbcommon/xkbcommon-keysyms.h>

#include "base/input.h"
#include "display.h"
#include "keyboard.h"
#include "pointer.h"

// About one second of fast input. While a server hangs for longer, more input would have no use.
enum {
    MAX_BACKLOG = 1024,
    // Of a burst of letters that the keyboard's map lacks, which are pressed slowly.
    MAX_WAITING = 2 * 64 * 1024,
    FIRST_KEYCODE = 8,
    BUTTONS_IN_MASK = 5,
};

// A key that waits: for a text on its way into the clipboard, or for a spare key.
struct waiting_key {
    uint32_t keysym;
    bool is_down;
};

struct hp_device {
    pthread_mutex_t lock; // of all below
    GArray *backlog; // of hp_input: inputs for which the server has had no room yet
    GArray *waiting; // of waiting_key; later keys come behind them, all other input does not wait
    unsigned next_waiting; // those before it have been pressed
    int64_t hold_until_us; // until then keys wait; 0: they do not
    xcb_connection_t *connection; // NULL: closed
    struct hp_keyboard keyboard;
    struct hp_pointer pointer;
    int64_t last_input_us;
};

struct hp_device *
hp_device_create(void)
{
    struct hp_device *device = g_new0(struct hp_device, 1);
    pthread_mutex_init(&device->lock, NULL);
    device->backlog = g_array_new(FALSE, FALSE, sizeof(struct hp_input));
    device->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting_key));
    return device;
}

static void
forget_waiting(struct hp_device *device)
{
    if (device->waiting->len > 0) { // a long queue gives its memory back
        g_array_unref(device->waiting);
        device->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting_key));
    }
    device->next_waiting = 0;
}

// The socket of a server that is busy or hangs fills up. Input that would have to wait for room
// goes to the backlog.
static bool
is_writable(const struct hp_device *device)
{
    struct pollfd fd = { .fd = xcb_get_file_descriptor(device->connection), .events = POLLOUT };
    return poll(&fd, 1, 0) == 1 && fd.revents == POLLOUT;
}

static void
release_all(struct hp_device *device)
{
    forget_waiting(device);
    hp_keyboard_release_all(&device->keyboard);
    hp_pointer_release_all(&device->pointer);
}

// What is held would be held for ever: the server keeps it for a client that has gone. True: there
// was something, and the server has to read of it before we go.
static bool
let_go(struct hp_device *device)
{
    bool is_held = device->keyboard.held_count > 0 || device->pointer.held != 0;
    if (!is_held || xcb_connection_has_error(device->connection) || !is_writable(device)) {
        return false;
    }
    release_all(device);
    return true;
}

void
hp_device_close(struct hp_device *device)
{
    pthread_mutex_lock(&device->lock);
    xcb_connection_t *connection = device->connection;
    bool is_letting_go = connection != NULL && let_go(device);
    device->connection = NULL;
    g_array_set_size(device->backlog, 0);
    forget_waiting(device);
    hp_keyboard_finish(&device->keyboard);
    device->pointer = (struct hp_pointer){ 0 };
    pthread_mutex_unlock(&device->lock);
    if (is_letting_go) {
        free(hp_display_wait(connection, xcb_get_input_focus(connection).sequence, -1));
    }
    if (connection != NULL) {
        xcb_disconnect(connection);
    }
}

void
hp_device_destroy(struct hp_device *device)
{
    if (device == NULL) {
        return;
    }
    hp_device_close(device);
    g_array_unref(device->backlog);
    g_array_unref(device->waiting);
    pthread_mutex_destroy(&device->lock);
    g_free(device);
}

// What a server that was killed has left behind: XTest's own keys and buttons only. Those that a
// person holds on a keyboard of the display's own are another device's.
static void
let_go_of_old(xcb_connection_t *connection, xcb_window_t root, int wake_fd)
{
    unsigned keys_sequence = xcb_query_keymap(connection).sequence;
    unsigned pointer_sequence = xcb_query_pointer(connection, root).sequence;
    xcb_query_keymap_reply_t *keys = hp_display_wait(connection, keys_sequence, wake_fd);
    for (unsigned keycode = FIRST_KEYCODE; keys != NULL && keycode <= UINT8_MAX; keycode++) {
        if (keys->keys[keycode / 8] & 1u << keycode % 8) {
            xcb_test_fake_input(connection, XCB_KEY_RELEASE, (uint8_t) keycode, XCB_CURRENT_TIME,
                    XCB_NONE, 0, 0, 0);
        }
    }
    xcb_query_pointer_reply_t *pointer =
            keys == NULL ? NULL : hp_display_wait(connection, pointer_sequence, wake_fd);
    for (unsigned button = 1; pointer != NULL && button <= BUTTONS_IN_MASK; button++) {
        if (pointer->mask & XCB_BUTTON_MASK_1 << (button - 1)) {
            xcb_test_fake_input(connection, XCB_BUTTON_RELEASE, (uint8_t) button, XCB_CURRENT_TIME,
                    XCB_NONE, 0, 0, 0);
        }
    }
    xcb_flush(connection);
    free(keys);
    free(pointer);
}

bool
hp_device_open(struct hp_device *device, const struct hp_display *display, int wake_fd)
{
    hp_device_close(device);
    xcb_screen_t *screen;
    xcb_connection_t *connection = hp_display_connect(display, wake_fd, &screen);
    if (connection == NULL) {
        return false;
    }
    // The extension is looked up here, so that no request on the hot path has to wait for it.
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(connection, &xcb_test_id);
    if (extension == NULL || !extension->present) {
        xcb_disconnect(connection);
        return false;
    }
    let_go_of_old(connection, screen->root, wake_fd);
    pthread_mutex_lock(&device->lock);
    device->connection = connection;
    hp_keyboard_init(&device->keyboard, connection);
    device->pointer = (struct hp_pointer){ .connection = connection,
        .root = screen->root,
        .width = screen->width_in_pixels,
        .height = screen->height_in_pixels };
    pthread_mutex_unlock(&device->lock);
    return true;
}

int
hp_device_get_fd(struct hp_device *device)
{
    return device->connection == NULL ? -1 : xcb_get_file_descriptor(device->connection);
}

bool
hp_device_drain(struct hp_device *device)
{
    xcb_generic_event_t *event;
    while (device->connection != NULL && (event = xcb_poll_for_event(device->connection)) != NULL) {
        free(event);
    }
    return device->connection != NULL && xcb_connection_has_error(device->connection) == 0;
}

void
hp_device_set_size(struct hp_device *device, int width, int height)
{
    pthread_mutex_lock(&device->lock);
    device->pointer.width = width;
    device->pointer.height = height;
    pthread_mutex_unlock(&device->lock);
}

void
hp_device_set_locks(struct hp_device *device, uint32_t locked, uint32_t group)
{
    pthread_mutex_lock(&device->lock);
    device->keyboard.locked = locked;
    device->keyboard.group = group;
    pthread_mutex_unlock(&device->lock);
}

void
hp_device_set_keymap(struct hp_device *device, struct hp_keymap *keymap, uint64_t fetched_at)
{
    pthread_mutex_lock(&device->lock);
    hp_keyboard_set_keymap(&device->keyboard, keymap, fetched_at);
    pthread_mutex_unlock(&device->lock);
}

uint64_t
hp_device_get_use_count(struct hp_device *device)
{
    pthread_mutex_lock(&device->lock);
    uint64_t count = device->keyboard.use_count;
    pthread_mutex_unlock(&device->lock);
    return count;
}

static bool
has_waiting(const struct hp_device *device)
{
    return device->next_waiting < device->waiting->len;
}

static bool
has_to_wait(struct hp_device *device, const struct waiting_key *key, int64_t now_us)
{
    return now_us < device->hold_until_us
            || (key->is_down && !hp_keyboard_can_press(&device->keyboard, key->keysym, now_us));
}

static void
press(struct hp_device *device, const struct waiting_key *key, int64_t now_us)
{
    if (key->is_down) {
        hp_keyboard_press(&device->keyboard, key->keysym, now_us);
    } else {
        hp_keyboard_release(&device->keyboard, key->keysym);
    }
}

// Too many keys are dropped as a whole, so that none stays down.
static void
handle_key(struct hp_device *device, const struct hp_input *input, int64_t now_us)
{
    const struct waiting_key key = { input->keysym, input->kind == HP_INPUT_KEY_DOWN };
    if (!has_waiting(device) && !has_to_wait(device, &key, now_us)) {
        press(device, &key, now_us);
        return;
    }
    if (device->waiting->len >= MAX_WAITING) {
        forget_waiting(device);
        hp_keyboard_release_all(&device->keyboard);
        return;
    }
    g_array_append_val(device->waiting, key);
}

static void
press_waiting(struct hp_device *device, int64_t now_us)
{
    while (has_waiting(device) && is_writable(device)) {
        const struct waiting_key *key =
                &g_array_index(device->waiting, struct waiting_key, device->next_waiting);
        if (has_to_wait(device, key, now_us)) {
            return;
        }
        press(device, key, now_us);
        xcb_flush(device->connection);
        device->next_waiting++;
    }
    if (!has_waiting(device)) {
        forget_waiting(device);
    }
}

static void
scroll(struct hp_device *device, const struct hp_input *input, int64_t now_us)
{
    unsigned held_before = device->keyboard.held_count;
    hp_keyboard_settle(&device->keyboard);
    if (input->with_control) {
        hp_keyboard_press(&device->keyboard, XKB_KEY_Control_L, now_us);
    }
    hp_pointer_scroll(&device->pointer, input->delta_x, input->delta_y);
    if (device->keyboard.held_count > held_before) { // otherwise Control was down already
        hp_keyboard_release(&device->keyboard, XKB_KEY_Control_L);
    }
}

// True when the pointer has moved.
static bool
apply(struct hp_device *device, const struct hp_input *input, int64_t now_us, int *x, int *y)
{
    switch (input->kind) {
    case HP_INPUT_MOVE:
        *x = input->x;
        *y = input->y;
        hp_pointer_move(&device->pointer, x, y);
        return true;
    case HP_INPUT_SCROLL: scroll(device, input, now_us); break;
    case HP_INPUT_KEY_DOWN:
    case HP_INPUT_KEY_UP: handle_key(device, input, now_us); break;
    case HP_INPUT_BUTTON_DOWN:
        hp_keyboard_settle(&device->keyboard);
        hp_pointer_press(&device->pointer, input->button);
        break;
    case HP_INPUT_BUTTON_UP: hp_pointer_release(&device->pointer, input->button); break;
    case HP_INPUT_RELEASE_ALL: release_all(device); break;
    case HP_INPUT_TOUCH_BEGIN: // needs an input driver inside the X server
    case HP_INPUT_TOUCH_UPDATE:
    case HP_INPUT_TOUCH_END:
    case HP_INPUT_PING:
    case HP_INPUT_ALIVE: break;
    }
    return false;
}

// Of several moves in a row only the last one counts. A full backlog is dropped as a whole, so that
// no key stays down because its release was left out.
static void
append(struct hp_device *device, const struct hp_input *input)
{
    GArray *backlog = device->backlog;
    struct hp_input *last =
            backlog->len == 0 ? NULL : &g_array_index(backlog, struct hp_input, backlog->len - 1);
    if (last != NULL && last->kind == HP_INPUT_MOVE && input->kind == HP_INPUT_MOVE) {
        *last = *input;
        return;
    }
    if (backlog->len >= MAX_BACKLOG) {
        struct hp_input release = { .kind = HP_INPUT_RELEASE_ALL };
        g_array_set_size(backlog, 0);
        g_array_append_val(backlog, release);
    }
    g_array_append_vals(backlog, input, 1);
}

// True when the pointer has moved.
static bool
work_off(struct hp_device *device, int64_t now_us, int *x, int *y)
{
    bool has_moved = false;
    unsigned done = 0;
    press_waiting(device, now_us);
    while (done < device->backlog->len && is_writable(device)) {
        const struct hp_input *input = &g_array_index(device->backlog, struct hp_input, done++);
        has_moved = apply(device, input, now_us, x, y) || has_moved;
        xcb_flush(device->connection);
    }
    g_array_remove_range(device->backlog, 0, done);
    return has_moved;
}

bool
hp_device_handle(struct hp_device *device, const struct hp_input *input, int *x, int *y)
{
    bool has_moved = false;
    pthread_mutex_lock(&device->lock);
    if (device->connection != NULL) {
        device->last_input_us = g_get_monotonic_time();
        append(device, input);
        has_moved = work_off(device, device->last_input_us, x, y);
    }
    pthread_mutex_unlock(&device->lock);
    return has_moved;
}

bool
hp_device_catch_up(struct hp_device *device, int64_t now_us, int *x, int *y)
{
    bool has_moved = false;
    pthread_mutex_lock(&device->lock);
    if (device->connection != NULL) {
        has_moved = work_off(device, now_us, x, y);
    }
    pthread_mutex_unlock(&device->lock);
    return has_moved;
}

bool
hp_device_is_behind(struct hp_device *device)
{
    pthread_mutex_lock(&device->lock);
    bool is_behind = device->backlog->len > 0 || has_waiting(device);
    pthread_mutex_unlock(&device->lock);
    return is_behind;
}

bool
hp_device_expire(struct hp_device *device, int64_t now_us)
{
    bool is_expired = false;
    pthread_mutex_lock(&device->lock);
    if (device->connection != NULL && now_us - device->last_input_us >= HP_DEVICE_HOLD_US
            && (device->keyboard.held_count > 0 || device->pointer.held != 0)
            && device->backlog->len == 0 && !has_waiting(device) && is_writable(device)) {
        release_all(device);
        xcb_flush(device->connection);
        is_expired = true;
    }
    pthread_mutex_unlock(&device->lock);
    return is_expired;
}

void
hp_device_hold_keys(struct hp_device *device)
{
    pthread_mutex_lock(&device->lock);
    device->hold_until_us = g_get_monotonic_time() + HP_DEVICE_WAIT_US;
    pthread_mutex_unlock(&device->lock);
}

void
hp_device_let_keys_go(struct hp_device *device)
{
    pthread_mutex_lock(&device->lock);
    device->hold_until_us = 0;
    pthread_mutex_unlock(&device->lock);
}

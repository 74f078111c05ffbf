// device.h - the input devices of a display: keyboard and pointer behind one lock, with a
// connection of their own. Only opening and closing waits for the X server.
// Owner: hp_desktop. Thread: the desktop's loop; hp_device_handle and hp_device_is_behind on any.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_device;
struct hp_display;
struct hp_input;
struct hp_keymap;

// Never NULL. Destroying it closes it.
struct hp_device *hp_device_create(void);
void hp_device_destroy(struct hp_device *device);

// Connects to the display. False: there is no such server, or the server has no XTest. An open
// device is closed first; a closed device drops input. Keys and buttons that a killed server has
// left pressed come up; those that are held when the device is closed come up, too.
bool hp_device_open(struct hp_device *device, const struct hp_display *display, int wake_fd);
void hp_device_close(struct hp_device *device);

// The connection's descriptor; -1: closed. When it is readable, hp_device_drain() discards what the
// server has sent; false: the server has gone.
int hp_device_get_fd(struct hp_device *device);
bool hp_device_drain(struct hp_device *device);

void hp_device_set_size(struct hp_device *device, int width, int height);
void hp_device_set_locks(struct hp_device *device, uint32_t locked, uint32_t group);
// Sets the keyboard's map (taken). `fetched_at` is what hp_device_get_use_count() returned before
// the map was asked for, see hp_keyboard_set_keymap().
void hp_device_set_keymap(struct hp_device *device, struct hp_keymap *keymap, uint64_t fetched_at);
uint64_t hp_device_get_use_count(struct hp_device *device);

// Releases every key and button when no input has come for HP_DEVICE_HOLD_US. True: any was held.
enum {
    HP_DEVICE_HOLD_US = 10 * 1000 * 1000
};
bool hp_device_expire(struct hp_device *device, int64_t now_us);

// Handles one input. True when the pointer has been moved, to *x and *y. Any thread.
bool hp_device_handle(struct hp_device *device, const struct hp_input *input, int *x, int *y);

// Lets keys wait, for HP_DEVICE_WAIT_US at most: a text is on its way into the clipboard, and the
// key that pastes must not come before the text. Any thread.
enum {
    HP_DEVICE_WAIT_US = 1000 * 1000
};
void hp_device_hold_keys(struct hp_device *device);
void hp_device_let_keys_go(struct hp_device *device); // the owner then calls hp_device_catch_up()

// Does input wait, since the server had no room for it, keys are held back, or no spare key was
// ready? While some does, the owner calls hp_device_catch_up() every few milliseconds, on the loop.
// True: that has moved the pointer, to *x and *y. `now_us`: g_get_monotonic_time().
// hp_device_is_behind(): any thread.
bool hp_device_is_behind(struct hp_device *device);
bool hp_device_catch_up(struct hp_device *device, int64_t now_us, int *x, int *y);

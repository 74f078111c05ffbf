// device.h - the one pair of hands on a display: a connection of its own, the keyboard and the
// pointer behind one lock. Nothing in it waits for the X server.
// Owner: hp_desktop. Thread: hp_device_handle and _is_behind on any; all else on the desktop's loop.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_device;
struct hp_display;
struct hp_input;
struct hp_keymap;

struct hp_device *hp_device_create(void);
void hp_device_destroy(struct hp_device *device);

// Connects; while it is closed, input is dropped. Opening one that is open closes it first.
bool hp_device_open(struct hp_device *device, const struct hp_display *display);
void hp_device_close(struct hp_device *device);

// A descriptor that has news of the server to be thrown away; false: the server is gone.
int hp_device_get_fd(struct hp_device *device);
bool hp_device_drain(struct hp_device *device);

void hp_device_set_size(struct hp_device *device, int width, int height);
void hp_device_set_locks(struct hp_device *device, uint32_t locked, uint32_t group);
// The map that was asked for when hp_device_get_use_count() was `fetched_at`. Taken.
void hp_device_set_keymap(struct hp_device *device, struct hp_keymap *keymap, uint64_t fetched_at);
uint64_t hp_device_get_use_count(struct hp_device *device);

// Lets go of everything when nothing has come for HP_DEVICE_HOLD_US while something is held.
enum {
    HP_DEVICE_HOLD_US = 10 * 1000 * 1000
};
bool hp_device_expire(struct hp_device *device, int64_t now_us);

// Any thread. True when the pointer has been moved, to *x and *y.
bool hp_device_handle(struct hp_device *device, const struct hp_input *input, int *x, int *y);

// Any thread. True when the server had no room for all of it; then hp_device_catch_up() is to be
// called a little later, as long as that stays so. It is true when the pointer has been moved.
bool hp_device_is_behind(struct hp_device *device);
bool hp_device_catch_up(struct hp_device *device, int *x, int *y);

// observer.h - watches one live display: gives the device the keyboard's map, tells the host of the
// pointer's picture and place and of the screen's size, and sets that size.
// Owner: hp_desktop. Thread: the desktop's loop; abort, catch_up and set_watched on any.
#pragma once

#include <stdbool.h>

struct hp_device;
struct hp_display;
struct hp_loop;
struct hp_news;
struct hp_observer;
struct hp_screen_mode;

struct hp_observer_params {
    struct hp_loop *loop;
    struct hp_news *news;
    struct hp_device *device; // opened and closed together with the observer
    void (*on_managed)(void *arg); // a window manager has begun its work
    void (*on_lost)(void *arg); // the X server is gone; the observer is to be closed
    void *arg;
};

struct hp_observer *hp_observer_create(const struct hp_observer_params *params); // copied
void hp_observer_destroy(struct hp_observer *observer);

// Connects to the display, with the device. False when there is no such X server. Opening one that
// is open closes it first.
bool hp_observer_open(struct hp_observer *observer, const struct hp_display *display);
void hp_observer_close(struct hp_observer *observer); // closes the device as well

// Sets the screen's size and rate, then tells the host which ones are in force.
void hp_observer_set_screen(struct hp_observer *observer, const struct hp_screen_mode *mode);

// True: a session watches, so the pointer is followed also when a program moves it. Any thread.
void hp_observer_set_watched(struct hp_observer *observer, bool is_watched);

// The device holds input for which the X server had no room: the observer hands it on as room
// comes. Any thread.
void hp_observer_catch_up(struct hp_observer *observer);

// Cuts the connection, so that nothing on the loop waits for the X server any more. Any thread.
void hp_observer_abort(struct hp_observer *observer);

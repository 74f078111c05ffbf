// observer.h - watches one live display: gives the device the keyboard's map; tells the host the
// pointer's picture and place and the screen's size; and sets that size.
// Owner: hp_desktop. Thread: the desktop's loop; abort, catch_up and set_watched on any.
#pragma once

#include <stdbool.h>

#include "manager.h"

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
    hp_manager_fn on_managed; // once after each opening of an own X server, see manager.h
    void (*on_lost)(void *arg); // the X server has gone: the observer is to be closed
    void (*on_hung)(void *arg); // it has not answered for 10 s; told once
    void *arg;
};

struct hp_observer *hp_observer_create(const struct hp_observer_params *params); // copied
void hp_observer_destroy(struct hp_observer *observer);

// Connects to the display, together with the device. False: there is no such X server. An open
// observer is closed first.
bool hp_observer_open(struct hp_observer *observer, const struct hp_display *display);
void hp_observer_close(struct hp_observer *observer); // closes the device as well

// Sets the screen's size and rate, then tells the host the mode in force.
void hp_observer_set_screen(struct hp_observer *observer, const struct hp_screen_mode *mode);

// True: a session watches, so the pointer is followed even when a program moves it. Any thread.
void hp_observer_set_watched(struct hp_observer *observer, bool is_watched);

// The device holds input for which the X server had no room: the observer sends the input when
// there is room. Any thread.
void hp_observer_catch_up(struct hp_observer *observer);

// Cuts the connection, so that the loop does not wait for the X server any more. Any thread.
void hp_observer_abort(struct hp_observer *observer);

// seat.h - what there is to do at one live display: feeds the device with the keyboard's map, tells
// the host of the pointer's picture and place and of the screen's size.
// Owner: hp_desktop. Thread: the desktop's loop; hp_seat_abort and hp_seat_set_watched on any.
#pragma once

#include <stdbool.h>

struct hp_device;
struct hp_display;
struct hp_loop;
struct hp_news;
struct hp_screen_mode;
struct hp_seat;

struct hp_seat_params {
    struct hp_loop *loop;
    struct hp_news *news;
    struct hp_device *device;
    void (*on_managed)(void *arg); // a window manager has begun its work
    void (*on_lost)(void *arg); // the server is gone; the seat is to be closed
    void *arg;
};

struct hp_seat *hp_seat_create(const struct hp_seat_params *params); // copied
void hp_seat_destroy(struct hp_seat *seat);

bool hp_seat_open(struct hp_seat *seat, const struct hp_display *display);
void hp_seat_close(struct hp_seat *seat);

void hp_seat_set_screen(struct hp_seat *seat, const struct hp_screen_mode *mode);

// Somebody looks: the pointer is followed also when a program moves it.
void hp_seat_set_watched(struct hp_seat *seat, bool is_watched);

// The device has more than the server had room for: it is given the rest as there is room.
void hp_seat_catch_up(struct hp_seat *seat);

// Cuts the connection, so that nothing on the loop waits for the server any more.
void hp_seat_abort(struct hp_seat *seat);

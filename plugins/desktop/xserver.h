// xserver.h - an X server of our own: Xorg with the dummy driver. Its size can change, it needs
// neither hardware nor root, and it accepts only clients with its cookie.
// Owner: hp_stack. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>

struct hp_display;
struct hp_loop;
struct hp_news;
struct hp_screen_mode;
struct hp_xserver;

struct hp_xserver_params {
    struct hp_loop *loop;
    struct hp_news *news;
    const char *directory; // for its files, private to this user; copied
    const struct hp_screen_mode *mode; // copied
    void (*on_ready)(void *arg, const struct hp_display *display); // after every start
    void (*on_gone)(void *arg); // the server has ended, by hp_xserver_stop() or by itself
    void *arg;
};

// NULL: its files cannot be written, which has been logged.
struct hp_xserver *hp_xserver_create(const struct hp_xserver_params *params);
void hp_xserver_destroy(struct hp_xserver *xserver);

void hp_xserver_start(struct hp_xserver *xserver); // repeatable
void hp_xserver_stop(struct hp_xserver *xserver); // asynchronous, ends in on_gone
void hp_xserver_restart(struct hp_xserver *xserver); // one that hangs; on_gone and on_ready follow
bool hp_xserver_is_running(const struct hp_xserver *xserver);

// The value of XAUTHORITY for its clients. Borrowed.
const char *hp_xserver_get_authority(const struct hp_xserver *xserver);

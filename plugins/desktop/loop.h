// loop.h - the desktop's own thread: descriptors, timers, processes and posts on a GLib loop, since
// the host's threads must never wait for an X server.
// Owner: hp_desktop. Thread: create, post, join, destroy on any other thread; all else on its own.
#pragma once

#include <glib.h>

struct hp_loop;

typedef void (*hp_loop_fn)(void *arg);

struct hp_loop *hp_loop_create(void);

// Any thread. What is posted runs in order.
void hp_loop_post(struct hp_loop *loop, hp_loop_fn fn, void *arg);

// Its own thread: this turn is the last. What is posted later never runs.
void hp_loop_quit(struct hp_loop *loop);

// Waits for the last turn; then sources may be cancelled from here.
void hp_loop_join(struct hp_loop *loop);
void hp_loop_destroy(struct hp_loop *loop); // after hp_loop_join

// Its own thread. Both run again and again until hp_loop_cancel().
GSource *hp_loop_watch(struct hp_loop *loop, int fd, hp_loop_fn fn, void *arg);
GSource *hp_loop_every(struct hp_loop *loop, unsigned interval_ms, hp_loop_fn fn, void *arg);
void hp_loop_cancel(GSource **source); // NULL inside is fine

// Once, when the process has ended and has been waited for.
GSource *hp_loop_watch_child(struct hp_loop *loop, GPid pid, GChildWatchFunc fn, void *arg);

// loop.h - the desktop's own thread: descriptors, timers, processes and posts on a GLib loop, since
// the host's threads must never wait for an X server.
// Owner: hp_desktop. Thread: create, post, join, destroy on any other thread; all else on its own.
#pragma once

#include <glib.h>

struct hp_loop;

typedef void (*hp_loop_fn)(void *arg);

struct hp_loop *hp_loop_create(void);

// Runs fn(arg) on the loop, in the order of the posts. Any thread.
void hp_loop_post(struct hp_loop *loop, hp_loop_fn fn, void *arg);

// From now on nothing on the loop is to wait for a server: makes that descriptor, which waits look
// at, readable for good. Any thread.
void hp_loop_abort_waits(struct hp_loop *loop);
int hp_loop_get_abort_fd(const struct hp_loop *loop);

// On its own thread: the present turn is the last one. A later post never runs.
void hp_loop_quit(struct hp_loop *loop);

// Waits for the last turn. Afterwards the caller's thread may cancel sources.
void hp_loop_join(struct hp_loop *loop);
void hp_loop_destroy(struct hp_loop *loop); // after hp_loop_join

// Calls fn(arg) whenever `fd` is readable, or after each interval, until hp_loop_cancel(). On its
// own thread.
GSource *hp_loop_watch(struct hp_loop *loop, int fd, hp_loop_fn fn, void *arg);
GSource *hp_loop_every(struct hp_loop *loop, unsigned interval_ms, hp_loop_fn fn, void *arg);
void hp_loop_cancel(GSource **source); // sets *source to NULL; NULL already is fine

// Calls fn(pid, status, arg) once, after the process has ended and its status has been read.
GSource *hp_loop_watch_child(struct hp_loop *loop, GPid pid, GChildWatchFunc fn, void *arg);

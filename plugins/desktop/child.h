// child.h - a process that is kept running: started again with a growing delay when it ends, ended
// with all of its process group, and ended by the kernel should this process die.
// Owner: hp_stack, hp_xserver, hp_sound. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>

struct hp_child;
struct hp_loop;
struct hp_news;

enum {
    HP_CHILD_FD = 3
}; // where on_start's descriptor is in the process

struct hp_child_params {
    struct hp_loop *loop;
    struct hp_news *news;
    const char *name; // for the log; kept
    const char *package; // Debian's, for the log; NULL: whatever brings it; kept
    const char *const *argv; // copied
    // Before each start: a descriptor to hand down, which is closed here afterwards; -1: none.
    int (*on_start)(void *arg);
    void (*on_exit)(void *arg); // it has ended, wanted or not
    void *arg;
};

struct hp_child *hp_child_create(const struct hp_child_params *params);
void hp_child_destroy(struct hp_child *child); // kills what still runs

// A variable for the next start.
void hp_child_set_variable(struct hp_child *child, const char *name, const char *value); // copied

// Repeatable. Stopping is asynchronous: TERM, KILL a little later, and then on_exit.
void hp_child_start(struct hp_child *child);
void hp_child_stop(struct hp_child *child);
void hp_child_kick(struct hp_child *child); // TERM, and it is started again

bool hp_child_is_running(const struct hp_child *child);

// child.h - keeps a process running. A process that ends is started again, after a growing delay.
// It is stopped with its whole process group, and the kernel ends it when this process dies.
// Owner: hp_stack, hp_xserver or hp_sound. Thread: the desktop's loop.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct hp_child;
struct hp_loop;
struct hp_news;

enum {
    HP_CHILD_FD = 3
}; // the number of on_start's descriptor in the process

struct hp_child_params {
    struct hp_loop *loop;
    struct hp_news *news;
    const char *name; // for the log; kept
    const char *package; // Debian's, for the log; NULL: not known; kept
    const char *const *argv; // copied
    // Before each start: returns a descriptor for the process (taken), -1: none. May be NULL.
    int (*on_start)(void *arg);
    void (*on_exit)(void *arg); // the process has ended, by hp_child_stop() or by itself
    void *arg;
};

// Never NULL.
struct hp_child *hp_child_create(const struct hp_child_params *params);
void hp_child_destroy(struct hp_child *child); // kills the process if it runs

// Sets an environment variable for the next start.
void hp_child_set_variable(struct hp_child *child, const char *name, const char *value); // copied

// Repeatable. Stopping is asynchronous: SIGTERM, SIGKILL 0.7 s later, and on_exit at the end.
void hp_child_start(struct hp_child *child);
void hp_child_stop(struct hp_child *child);
void hp_child_kick(struct hp_child *child); // SIGTERM; then the process is started again

bool hp_child_is_running(const struct hp_child *child);

// 0: not running.
pid_t hp_child_get_pid(const struct hp_child *child);

// until.c - test: runs the main worker until something is so, with a time-out.
// Owner: a test.  Thread: main.
#include "until.h"

enum {
    PATIENCE_US = 30 * 1000 * 1000
};

static void
on_patience(void *arg)
{
    struct until *until = arg;
    until->is_late = true;
    hp_worker_quit(until->worker);
}

void
until_init(struct until *until, struct hp_worker *worker, void *arg)
{
    *until = (struct until){ .worker = worker, .arg = arg };
    hp_timer_init(&until->patience, worker, on_patience, until);
}

void
until_finish(struct until *until)
{
    hp_timer_stop(&until->patience);
}

static void
run(struct until *until, int64_t time_us)
{
    until->is_late = false;
    hp_timer_start(&until->patience, time_us);
    while (!until->is_late && (until->is_done == NULL || !until->is_done(until->arg))) {
        hp_worker_run(until->worker); // a quit of before may still be under way
    }
    hp_timer_stop(&until->patience);
    until->is_done = NULL;
}

bool
until_run(struct until *until, bool (*is_done)(void *arg))
{
    until->is_done = is_done;
    run(until, PATIENCE_US);
    return !until->is_late;
}

void
until_look(struct until *until)
{
    if (until->is_done != NULL && until->is_done(until->arg)) {
        hp_worker_quit(until->worker);
    }
}

void
until_pass(struct until *until, int64_t time_us)
{
    run(until, time_us);
}

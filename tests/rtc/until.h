// until.h - test: runs the main worker until something is so, with a time-out.
#pragma once

#include <stdbool.h>

#include "base/worker.h"

struct until {
    struct hp_worker *worker;
    struct hp_timer patience;
    bool is_late;
    bool (*is_done)(void *arg); // NULL: nobody waits
    void *arg;
};

void until_init(struct until *until, struct hp_worker *worker, void *arg);
void until_finish(struct until *until);

// False: that took more than 30 s.
bool until_run(struct until *until, bool (*is_done)(void *arg));

// Something has changed: to be called by the test's callbacks.
void until_look(struct until *until);

// Runs for this time, whatever happens.
void until_pass(struct until *until, int64_t time_us);

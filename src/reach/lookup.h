// lookup.h - one look-up of a name, in a job. All calls on the home thread.
#pragma once

#include "wire/address.h"

struct hp_jobs;
struct hp_lookup;
struct hp_worker;

enum { HP_RESOLVED_MAX = 4 };

struct hp_resolved {
    unsigned count;
    char addresses[HP_RESOLVED_MAX][HP_ADDRESS_TEXT_SIZE]; // IPv4 first
};

// `error`: 0, or what getaddrinfo() has returned; nothing is found then. `found`: only until the
// return.
typedef void (*hp_lookup_done_fn)(void *arg, const struct hp_resolved *found, int error);

// Begins to look `name` (copied) up; done(arg) comes on `home`, never before this returns. The
// look-up ends by itself with it. NULL: the pool of jobs is full, and `done` does not come.
struct hp_lookup *hp_lookup_start(struct hp_jobs *jobs, struct hp_worker *home, const char *name,
        hp_lookup_done_fn done, void *arg);

// `done` does not come any more. Nobody can hurry the job itself. NULL is fine.
void hp_lookup_cancel(struct hp_lookup *lookup);

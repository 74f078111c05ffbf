// lookups.h - the pools that look names up, apart from all other work that blocks: a look-up may
// take 10 s. Main thread.
#pragma once

#include <stdbool.h>

struct hp_jobs;

// Part of hp_app; {0} has none.
struct hp_lookups {
    struct hp_jobs *own; // of names that the operator has configured
    struct hp_jobs *hosts; // of names that visitors say
};

// False: the reason has been logged; finish() is still due.
bool hp_lookups_init(struct hp_lookups *lookups);
void hp_lookups_finish(struct hp_lookups *lookups); // without waiting for a look-up under way

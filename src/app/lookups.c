// lookups.c - the pools that look names up.
// Owner: hp_app.  Thread: main.
#include "app/lookups.h"

#include <stddef.h>

#include "base/job.h"

enum {
    OWN_THREADS = 2,
    HOST_THREADS = 4, // a client has one of them at most
    MAX_LOOKUPS = 256,
};

bool
hp_lookups_init(struct hp_lookups *lookups)
{
    lookups->own = hp_jobs_create(OWN_THREADS, MAX_LOOKUPS);
    lookups->hosts = hp_jobs_create(HOST_THREADS, MAX_LOOKUPS);
    return lookups->own != NULL && lookups->hosts != NULL;
}

void
hp_lookups_finish(struct hp_lookups *lookups)
{
    hp_jobs_abandon(lookups->own);
    hp_jobs_abandon(lookups->hosts);
}

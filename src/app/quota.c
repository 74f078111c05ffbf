// quota.c - how many connections the limit of open files leaves room for.
// Owner: nobody, pure.  Thread: any.
#include "app/quota.h"

#include <glib.h>

enum {
    FILES_PER_CONNECTION = 3, // of HTTP: the socket and a pair behind its gate
};

void
hp_quota_fit(struct hp_quota *quota, uint64_t max_files)
{
    uint64_t most = max_files / FILES_PER_CONNECTION / 2; // the other half is for media
    quota->connections = (unsigned) MIN(most, quota->connections);
    quota->per_address = (unsigned) MIN(most / 2, quota->per_address);
    quota->pending = (unsigned) MIN(max_files / 8, quota->pending);
}

unsigned
hp_quota_people(const struct hp_quota *quota)
{
    return quota->connections;
}

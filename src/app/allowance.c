// allowance.c - how many connections the limit of open files leaves room for.
// Owner: nobody, pure.  Thread: any.
#include "app/allowance.h"

#include <glib.h>

enum {
    FILES_PER_CONNECTION = 3, // of HTTP: the socket and a pair behind its gate
};

void
hp_allowance_fit(struct hp_allowance *allowance, uint64_t max_files)
{
    uint64_t most = max_files / FILES_PER_CONNECTION / 2; // the other half is for media
    allowance->connections = (unsigned) MIN(most, allowance->connections);
    allowance->per_address = (unsigned) MIN(most / 2, allowance->per_address);
    allowance->pending = (unsigned) MIN(max_files / 8, allowance->pending);
}

unsigned
hp_allowance_people(const struct hp_allowance *allowance)
{
    return allowance->connections;
}

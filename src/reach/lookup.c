// lookup.c - one look-up of a name, in a job.
// Owner: resolver, hosts.  Thread: home; the look-up itself runs in a job.
#include "reach/lookup.h"

#include <assert.h>
#include <netdb.h>
#include <sys/socket.h>

#include <glib.h>

#include "base/job.h"
#include "base/worker.h"

struct hp_lookup {
    char *name;
    hp_lookup_done_fn done; // NULL: nobody waits any more
    void *arg;
    int error;
    struct hp_resolved found;
};

static void
add_found(struct hp_resolved *resolved, const struct addrinfo *info)
{
    char *text = resolved->addresses[resolved->count];
    if (resolved->count < HP_RESOLVED_MAX
            && getnameinfo(info->ai_addr, info->ai_addrlen, text, HP_ADDRESS_TEXT_SIZE, NULL, 0,
                       NI_NUMERICHOST)
                    == 0) {
        resolved->count++;
    }
}

static void
look_up(void *arg)
{
    struct hp_lookup *lookup = arg;
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
    struct addrinfo *list = NULL;
    lookup->error = getaddrinfo(lookup->name, NULL, &hints, &list);
    if (lookup->error != 0) {
        return;
    }
    static const int families[] = { AF_INET, AF_INET6 };
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
            if (info->ai_family == families[i]) {
                add_found(&lookup->found, info);
            }
        }
    }
    freeaddrinfo(list);
}

static void
on_looked_up(void *arg)
{
    struct hp_lookup *lookup = arg;
    if (lookup->done != NULL) {
        lookup->done(lookup->arg, &lookup->found, lookup->error);
    }
    g_free(lookup->name);
    g_free(lookup);
}

struct hp_lookup *
hp_lookup_start(struct hp_jobs *jobs, struct hp_worker *home, const char *name,
        hp_lookup_done_fn done, void *arg)
{
    assert(hp_worker_is_current(home));
    struct hp_lookup *lookup = g_new0(struct hp_lookup, 1);
    lookup->name = g_strdup(name);
    lookup->done = done;
    lookup->arg = arg;
    if (!hp_jobs_run(jobs, look_up, on_looked_up, lookup, home)) {
        g_free(lookup->name);
        g_clear_pointer(&lookup, g_free);
    }
    return lookup;
}

void
hp_lookup_cancel(struct hp_lookup *lookup)
{
    if (lookup != NULL) {
        lookup->done = NULL;
    }
}

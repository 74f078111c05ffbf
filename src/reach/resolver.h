// resolver.h - turns names of servers into addresses: jobs look them up, again every 5 minutes, so
// that no peer ever waits for a look-up. All calls on the home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wire/address.h"

struct hp_jobs;
struct hp_resolver;
struct hp_worker;

enum { HP_RESOLVED_MAX = 4 };

struct hp_resolved {
    unsigned count;
    char addresses[HP_RESOLVED_MAX][HP_ADDRESS_TEXT_SIZE]; // IPv4 first
};

// Owner: hp_rtc, hp_reach. `jobs` may be NULL if only addresses are added, no names. Never NULL.
struct hp_resolver *hp_resolver_create(struct hp_worker *home, struct hp_jobs *jobs);

// From now on calls on_change when the addresses of a name become known or change.
void hp_resolver_watch(struct hp_resolver *resolver, void (*on_change)(void *arg), void *arg);

// Forgets all names; the results of look-ups under way are dropped.
void hp_resolver_destroy(struct hp_resolver *resolver);

// Begins to look a name up; an address needs no look-up. A name that was added before is not added
// again.
void hp_resolver_add(struct hp_resolver *resolver, const char *name);

// The same for a name that a browser said: of those only the last 32 are kept, and a name is looked
// up once, again when it is added after 5 minutes.
void hp_resolver_add_said(struct hp_resolver *resolver, const char *name);

// Copies the known addresses of a name; false: none are known (yet).
bool hp_resolver_find(
        const struct hp_resolver *resolver, const char *name, struct hp_resolved *resolved);

// resolver.h - turns names of servers into addresses: jobs look them up, again every 5 minutes, so
// that no peer ever waits for a look-up. All calls on the home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "reach/lookup.h"

struct hp_jobs;
struct hp_resolver;
struct hp_worker;

// Owner: hp_rtc, hp_reach. `jobs` may be NULL if only addresses are added, no names. Never NULL.
struct hp_resolver *hp_resolver_create(struct hp_worker *home, struct hp_jobs *jobs);

// From now on calls on_change when the addresses of a name become known or change.
void hp_resolver_watch(struct hp_resolver *resolver, void (*on_change)(void *arg), void *arg);

// Forgets all names; the results of look-ups under way are dropped.
void hp_resolver_destroy(struct hp_resolver *resolver);

// Begins to look a name up; an address needs no look-up. A name that was added before is not added
// again.
void hp_resolver_add(struct hp_resolver *resolver, const char *name);

// The same for a name that is looked up only when it is wanted: once, again when that is 5 minutes
// ago.
void hp_resolver_want(struct hp_resolver *resolver, const char *name);

// Copies the known addresses of a name; false: none are known (yet).
bool hp_resolver_find(
        const struct hp_resolver *resolver, const char *name, struct hp_resolved *resolved);

// resolver.h - names of servers as addresses: looked up in jobs, again every 5 minutes, so that
// nobody ever waits for a name. All calls on the home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_jobs;
struct hp_resolver;
struct hp_worker;

enum { HP_ADDRESS_TEXT_SIZE = 46, HP_RESOLVED_MAX = 4 };

struct hp_resolved {
    unsigned count;
    char addresses[HP_RESOLVED_MAX][HP_ADDRESS_TEXT_SIZE]; // IPv4 first
};

// Owner: hp_rtc. jobs: may be NULL when only addresses are added. Never NULL.
struct hp_resolver *hp_resolver_create(struct hp_worker *home, struct hp_jobs *jobs);

// Ends it; look-ups under way are forgotten.
void hp_resolver_destroy(struct hp_resolver *resolver);

// Begins to look a name up; an address is known at once. Names added before are not added twice.
void hp_resolver_add(struct hp_resolver *resolver, const char *name);

// What is known of a name; false: nothing (yet).
bool hp_resolver_find(
        const struct hp_resolver *resolver, const char *name, struct hp_resolved *resolved);

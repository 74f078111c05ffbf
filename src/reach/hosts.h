// hosts.h - the names by which visitors have opened the page, and their addresses. Visitors choose
// these names, so: an address needs no look-up and takes no room; of one client (an IPv4 address, a
// network of 64 bits of IPv6) one name is looked up at a time, and the others wait; a name that a
// living socket uses is kept, whatever others say. All calls on the home thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_hosts;
struct hp_jobs;
struct hp_resolved;
struct hp_worker;

// Owner: hp_reach. `jobs`: of these look-ups only, so that no other one waits behind them. Never
// NULL.
struct hp_hosts *hp_hosts_create(struct hp_worker *home, struct hp_jobs *jobs);

// The results of look-ups under way are dropped.
void hp_hosts_destroy(struct hp_hosts *hosts);

// The socket `id` of `client` (an address; NULL: unknown) uses `name` from now on, in the place of
// what it used before. A name is looked up once, again when it is added after 5 minutes.
void hp_hosts_add(struct hp_hosts *hosts, uint64_t id, const char *client, const char *name);

// That socket has gone; an id that is not known is fine. Of the names that nobody uses any more the
// last 32 that are known stay, for who reloads the page.
void hp_hosts_remove(struct hp_hosts *hosts, uint64_t id);

// Copies the known addresses of a name; an address is its own. False: none are known (yet).
bool hp_hosts_find(const struct hp_hosts *hosts, const char *name, struct hp_resolved *resolved);

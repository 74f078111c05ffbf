// limits.h - counts uses of a resource, for instance connections, in total and for each address
// (IPv6: for each network of 64 bits). Many people may share an address, so the limit of an address
// holds for strangers, and uses of those who are known have a wider one. Main thread.
#pragma once

#include <stdbool.h>

struct hp_limits;

enum hp_limits_verdict {
    HP_LIMITS_OK,
    HP_LIMITS_FULL,
    HP_LIMITS_ADDRESS_FULL
};

// A limit of 0 means no limit. Never NULL.
struct hp_limits *hp_limits_create(unsigned max_total, unsigned max_per_address);
void hp_limits_destroy(struct hp_limits *limits);
// Addresses behind which many others are, such as trusted proxies: only the total holds for them.
// The list, as for hp_remote_is_trusted(), outlives the limits.
void hp_limits_set_many(struct hp_limits *limits, char *const *networks);

// Counts one more use by a stranger of that address, unless a limit is reached.
enum hp_limits_verdict hp_limits_add(struct hp_limits *limits, const char *address); // copied
// The same, but an eighth of each limit stays free for others.
enum hp_limits_verdict hp_limits_add_modest(struct hp_limits *limits, const char *address);
// Gives back one use that hp_limits_add() counted.
void hp_limits_remove(struct hp_limits *limits, const char *address);

// Uses of that address, by whomever.
unsigned hp_limits_count(const struct hp_limits *limits, const char *address);

// One use by that address is of somebody who is known: it does not count among those of strangers
// any more. False: half of the total is of the known ones of this address, and nothing changes.
bool hp_limits_know(struct hp_limits *limits, const char *address);
// Gives back one use for which hp_limits_know() returned true.
void hp_limits_remove_known(struct hp_limits *limits, const char *address);

// limits.h - counts uses of a resource, for instance connections, in total and for each address
// (IPv6: for each network of 64 bits). Main thread.
#pragma once

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

// Counts one more use by that address, unless a limit is reached.
enum hp_limits_verdict hp_limits_add(struct hp_limits *limits, const char *address); // copied
// Gives back one use that hp_limits_add() counted.
void hp_limits_remove(struct hp_limits *limits, const char *address);

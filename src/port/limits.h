// limits.h - counts things, for instance connections, in all and for each address (IPv6: for each
// network of 64 bits). Main thread.
#pragma once

struct hp_limits;

enum hp_limits_verdict {
    HP_LIMITS_OK,
    HP_LIMITS_FULL,
    HP_LIMITS_ADDRESS_FULL
};

// 0: no limit.
struct hp_limits *hp_limits_create(unsigned max_total, unsigned max_per_address);
void hp_limits_destroy(struct hp_limits *limits);

// Counts one more of that address if there is room for it.
enum hp_limits_verdict hp_limits_add(struct hp_limits *limits, const char *address); // copied
void hp_limits_remove(struct hp_limits *limits, const char *address);

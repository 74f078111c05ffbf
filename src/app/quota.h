// quota.h - how many connections the limit of open files leaves room for. Pure.
#pragma once

#include <stdint.h>

struct hp_quota {
    unsigned connections; // at a time
    unsigned per_address;
    unsigned pending; // whose first bytes have not come yet
};

// Fits the wished numbers into that limit of open files, so that descriptors are left for media:
// beyond the limit idle connections make room for new ones.
void hp_quota_fit(struct hp_quota *quota, uint64_t max_files);

// How many people can be in the room at a time, each with the one connection that
// stays. A viewer whose media comes by TCP has a second one.
unsigned hp_quota_people(const struct hp_quota *quota);

// bucket.h - a token bucket: so many a second, so many in one go. On its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_bucket {
    double tokens;
    double rate; // tokens a second
    double burst;
    int64_t filled_us;
};

void hp_bucket_init(struct hp_bucket *bucket, double rate, double burst);

// Takes `amount` tokens; false, and nothing is taken, when there are fewer.
bool hp_bucket_take(struct hp_bucket *bucket, double amount);

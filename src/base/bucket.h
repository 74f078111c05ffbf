// bucket.h - a token bucket: limits how many events pass in a second, and how many at once.
// Part of another object, on its owner's thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_bucket {
    double tokens;
    double rate; // tokens a second
    double burst; // tokens at most
    int64_t filled_us; // when tokens were added last, on hp_clock_now_us()
};

// Starts with a full bucket: `burst` tokens may be taken at once, then `rate` tokens a second.
void hp_bucket_init(struct hp_bucket *bucket, double rate, double burst);

// Takes `amount` tokens. False: there are fewer, and none is taken.
bool hp_bucket_take(struct hp_bucket *bucket, double amount);

// Seconds until hp_bucket_take() would give `amount` tokens, at most the burst: rounded up, at
// least 1.
unsigned hp_bucket_wait_s(struct hp_bucket *bucket, double amount);

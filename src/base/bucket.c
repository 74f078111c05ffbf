// bucket.c - a token bucket: limits how many events pass in a second, and how many at once.
// Owner: the object that it is part of.  Thread: the owner's.
#include "base/bucket.h"

#include "base/clock.h"

void
hp_bucket_init(struct hp_bucket *bucket, double rate, double burst)
{
    *bucket = (struct hp_bucket){
        .tokens = burst, .rate = rate, .burst = burst, .filled_us = hp_clock_now_us()
    };
}

bool
hp_bucket_take(struct hp_bucket *bucket, double amount)
{
    int64_t now_us = hp_clock_now_us();
    bucket->tokens += (double) (now_us - bucket->filled_us) * bucket->rate / 1e6;
    bucket->filled_us = now_us;
    if (bucket->tokens > bucket->burst) {
        bucket->tokens = bucket->burst;
    }
    if (bucket->tokens < amount) {
        return false;
    }
    bucket->tokens -= amount;
    return true;
}

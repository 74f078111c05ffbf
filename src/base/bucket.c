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

static void
fill(struct hp_bucket *bucket)
{
    int64_t now_us = hp_clock_now_us();
    bucket->tokens += (double) (now_us - bucket->filled_us) * bucket->rate / 1e6;
    bucket->filled_us = now_us;
    if (bucket->tokens > bucket->burst) {
        bucket->tokens = bucket->burst;
    }
}

bool
hp_bucket_take(struct hp_bucket *bucket, double amount)
{
    fill(bucket);
    if (bucket->tokens < amount) {
        return false;
    }
    bucket->tokens -= amount;
    return true;
}

unsigned
hp_bucket_wait_s(struct hp_bucket *bucket, double amount)
{
    fill(bucket);
    double wait_s = (amount - bucket->tokens) / bucket->rate;
    if (wait_s <= 1) {
        return 1;
    }
    unsigned whole_s = (unsigned) wait_s;
    return whole_s < wait_s ? whole_s + 1 : whole_s;
}

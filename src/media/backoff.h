// backoff.h - how long to wait before a pipeline that failed is tried again. Embedded; owner's
// thread.
#pragma once

#include <stdint.h>

struct hp_backoff {
    int64_t next_us; // 0: the first delay is next
};

// The delay before the next attempt, after a run that went well for `ran_us` (0: not at all).
int64_t hp_backoff_next(struct hp_backoff *backoff, int64_t ran_us);

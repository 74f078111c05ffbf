// backoff.c - how long to wait before a pipeline that failed is tried again.
// Owner: embedded.  Thread: its owner's.
#include "media/backoff.h"

enum {
    FIRST_US = 500 * 1000,
    LONGEST_US = 10 * 1000 * 1000,
    GOOD_RUN_US = 10 * 1000 * 1000, // after a run this long the shortest delay comes first again
};

int64_t
hp_backoff_next(struct hp_backoff *backoff, int64_t ran_us)
{
    if (backoff->next_us == 0 || ran_us >= GOOD_RUN_US) {
        backoff->next_us = FIRST_US;
    }
    int64_t delay_us = backoff->next_us;
    backoff->next_us = delay_us * 2 > LONGEST_US ? LONGEST_US : delay_us * 2;
    return delay_us;
}

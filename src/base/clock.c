// clock.c - the only source of time.
// Owner: nobody.  Thread: any.
#include "base/clock.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static int64_t (*_Atomic fake_now_us)(void);

static int64_t
read_us(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
hp_clock_now_us(void)
{
    int64_t (*fake)(void) = atomic_load_explicit(&fake_now_us, memory_order_relaxed);
    return fake != NULL ? fake() : read_us(CLOCK_MONOTONIC);
}

int64_t
hp_clock_wall_us(int64_t mono_us)
{
    return read_us(CLOCK_REALTIME) - (read_us(CLOCK_MONOTONIC) - mono_us);
}

uint64_t
hp_clock_ntp(int64_t mono_us)
{
    const uint64_t seconds_1900_to_1970 = 25567 * UINT64_C(86400);
    int64_t wall_us = hp_clock_wall_us(mono_us);
    uint64_t seconds = (uint64_t) (wall_us / 1000000) + seconds_1900_to_1970;
    uint64_t fraction = ((uint64_t) (wall_us % 1000000) << 32) / 1000000;
    return seconds << 32 | fraction;
}

void
hp_clock_fake(int64_t (*now_us)(void))
{
    fake_now_us = now_us;
}

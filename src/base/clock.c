// clock.c - the only source of time.
// Owner: nobody.  Thread: any.
#include "base/clock.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#include <glib.h>

static int64_t (*_Atomic fake_now_us)(void);
static _Thread_local int64_t paused_until_us; // when this thread's loop went on; 0: no pause yet

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

int64_t
hp_clock_silence_us(int64_t since_us)
{
    return MAX(hp_clock_now_us() - MAX(since_us, paused_until_us), 0);
}

void
hp_clock_note_pause(void)
{
    paused_until_us = hp_clock_now_us();
}

int64_t
hp_clock_ready_us(int64_t due_us)
{
    return atomic_load_explicit(&fake_now_us, memory_order_relaxed) != NULL ? 0 : due_us;
}

void
hp_clock_fake(int64_t (*now_us)(void))
{
    fake_now_us = now_us;
    paused_until_us = 0;
}

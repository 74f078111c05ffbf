// clock.h - the only source of time.
#pragma once

#include <stdint.h>

// Microseconds on the monotonic clock, which never goes back. Any thread.
int64_t hp_clock_now_us(void);

// Unix time (microseconds since 1970-01-01) of the moment at which hp_clock_now_us() returned
// `mono_us`. Any thread.
int64_t hp_clock_wall_us(int64_t mono_us);

// The same moment in 64-bit NTP format (RFC 5905 section 6: seconds since 1900 in the upper 32
// bits, their fraction in the lower). Any thread.
uint64_t hp_clock_ntp(int64_t mono_us);

// Tests only: from now on hp_clock_now_us() returns the time that `now_us` returns; NULL: the real
// time again. hp_clock_wall_us() still relates `mono_us` to the real clock.
void hp_clock_fake(int64_t (*now_us)(void));

// clock.h - the only source of time.
#pragma once

#include <stdint.h>

// Microseconds on the monotonic clock. Never goes back. Any thread.
int64_t hp_clock_now_us(void);

// Wall time in 64-bit NTP format (RFC 5905 section 6: seconds since 1900 in the upper 32 bits)
// of the moment that hp_clock_now_us() called mono_us. Any thread.
uint64_t hp_clock_ntp(int64_t mono_us);

// Tests only: from now on hp_clock_now_us() returns what `now_us` returns; NULL: real time again.
void hp_clock_fake(int64_t (*now_us)(void));

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

// For how long nothing has come since `since_us`, as far as the calling thread's loop could hear:
// the time before the end of its last pause does not count, since what came then is read only now.
// Never < 0.
int64_t hp_clock_silence_us(int64_t since_us);

// For base/timers only: the calling thread's loop goes on after a pause in which it heard nothing,
// be it that the process was stopped, the machine suspended, or a function hung.
void hp_clock_note_pause(void);

// For base/timers only: when GLib's loop, which knows the real time alone, has to look at what is
// due at `due_us`. With a fake time that is at once and always.
int64_t hp_clock_ready_us(int64_t due_us);

// Tests only: from now on hp_clock_now_us() returns the time that `now_us` returns; NULL: the real
// time again. hp_clock_wall_us() still relates `mono_us` to the real clock.
void hp_clock_fake(int64_t (*now_us)(void));

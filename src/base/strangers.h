// strangers.h - how many connectivity checks the whole server sends to one remote address that has
// not asked for them. A session names the addresses, so many sessions could aim at one: together
// they get no more than this. Bounded memory: addresses share a fixed number of places by a hash
// that nobody outside can predict, and a place is as good as new when its checks are paid off. RFC
// 8445 section 19.5.1. Any thread, without locks; two threads at once may pass a check too many.
#pragma once

#include <stdint.h>

struct hp_strangers;

enum {
    HP_STRANGERS_IP_SIZE = 16, // bytes of an address; IPv4 as ::ffff:a.b.c.d
    HP_STRANGERS_RATE = 20, // checks a second
    HP_STRANGERS_BURST = 40,
    HP_STRANGERS_KNOWN_S = 120,
};

// Never NULL. Owner: hp_rtc.
struct hp_strangers *hp_strangers_create(void);
void hp_strangers_destroy(struct hp_strangers *strangers); // NULL is fine

// When that many checks may go to the address: `now_us`, or later. More than a burst at once waits
// until the address is paid off. Of IPv6 the network (/64) counts. This computer is no stranger.
// With strangers of NULL all may.
int64_t hp_strangers_next_us(const struct hp_strangers *strangers, const uint8_t *ip,
        unsigned checks, int64_t now_us);

// They go now, or are planned from now on.
void hp_strangers_note(
        struct hp_strangers *strangers, const uint8_t *ip, unsigned checks, int64_t now_us);

// The address has answered a check: for HP_STRANGERS_KNOWN_S it is no stranger, and all people
// behind it connect without a wait.
void hp_strangers_meet(struct hp_strangers *strangers, const uint8_t *ip, int64_t now_us);

// strangers.c - how many checks the whole server sends to one address that has not asked.
// Owner: hp_rtc.  Thread: any.
#include "base/strangers.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "base/ident.h"

enum {
    PLACES = 4096,
    CHECK_US = 1000 * 1000 / HP_STRANGERS_RATE,
    BURST_US = HP_STRANGERS_BURST * CHECK_US,
    NETWORK_SIZE = 8, // bytes of an IPv6 address that name its network
};

struct hp_strangers {
    uint64_t seed;
    _Atomic int64_t paid_us[PLACES]; // when the checks so far are paid off
    // Who has answered: the upper half names the address, the lower one is the second until which
    // it is known. Addresses share the places here as well, but none is taken for another.
    _Atomic uint64_t known[PLACES];
};

static const uint8_t ipv4_prefix[12] = { [10] = 0xff, [11] = 0xff };
static const uint8_t ipv6_loopback[HP_STRANGERS_IP_SIZE] = { [15] = 1 };

static bool
is_ipv4(const uint8_t *ip)
{
    return memcmp(ip, ipv4_prefix, sizeof(ipv4_prefix)) == 0;
}

static bool
is_here(const uint8_t *ip)
{
    return is_ipv4(ip) ? ip[sizeof(ipv4_prefix)] == 127
                       : memcmp(ip, ipv6_loopback, sizeof(ipv6_loopback)) == 0;
}

static uint64_t
hash(const struct hp_strangers *strangers, const uint8_t *ip)
{
    return hp_ident_hash(strangers->seed, ip, is_ipv4(ip) ? HP_STRANGERS_IP_SIZE : NETWORK_SIZE);
}

static unsigned
find_place(const struct hp_strangers *strangers, const uint8_t *ip)
{
    return (unsigned) (hash(strangers, ip) % PLACES);
}

static bool
is_known(const struct hp_strangers *strangers, const uint8_t *ip, int64_t now_us)
{
    uint64_t known = atomic_load(&strangers->known[find_place(strangers, ip)]);
    return known >> 32 == hash(strangers, ip) >> 32
            && now_us / G_USEC_PER_SEC < (int64_t) (known & G_MAXUINT32);
}

struct hp_strangers *
hp_strangers_create(void)
{
    struct hp_strangers *strangers = g_new0(struct hp_strangers, 1);
    hp_ident_random(&strangers->seed, sizeof(strangers->seed));
    return strangers;
}

void
hp_strangers_destroy(struct hp_strangers *strangers)
{
    g_free(strangers);
}

int64_t
hp_strangers_next_us(const struct hp_strangers *strangers, const uint8_t *ip, unsigned checks,
        int64_t now_us)
{
    if (strangers == NULL || is_here(ip) || is_known(strangers, ip, now_us)) {
        return now_us;
    }
    int64_t paid_us = atomic_load(&strangers->paid_us[find_place(strangers, ip)]);
    int64_t price_us = MIN((int64_t) checks * CHECK_US, BURST_US);
    return MAX(now_us, paid_us + price_us - BURST_US);
}

void
hp_strangers_note(
        struct hp_strangers *strangers, const uint8_t *ip, unsigned checks, int64_t now_us)
{
    if (strangers == NULL || is_here(ip) || is_known(strangers, ip, now_us)) {
        return;
    }
    _Atomic int64_t *place = &strangers->paid_us[find_place(strangers, ip)];
    int64_t paid_us = atomic_load(place), next_us;
    do {
        next_us = MAX(paid_us, now_us) + (int64_t) checks * CHECK_US;
    } while (!atomic_compare_exchange_weak(place, &paid_us, next_us));
}

void
hp_strangers_meet(struct hp_strangers *strangers, const uint8_t *ip, int64_t now_us)
{
    if (strangers == NULL) {
        return;
    }
    uint64_t until_s = (uint64_t) (now_us / G_USEC_PER_SEC) + HP_STRANGERS_KNOWN_S;
    atomic_store(&strangers->known[find_place(strangers, ip)],
            hash(strangers, ip) >> 32 << 32 | (until_s & G_MAXUINT32));
}

// returns.c - who has been turned away and comes back.
// Owner: hp_tries.  Thread: main.
#include "member/returns.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/ident.h"

enum {
    PLACES = 16384, // 300 guesses a second take two of a hundred within a second
    WAIT_US = 700000, // as long as a slow try
    FORGET_US = 30 * 1000000
};

struct place {
    uint64_t hash; // of the key
    int64_t turned_away_us; // 0: nobody
};

struct hp_returns {
    uint64_t seed;
    struct place places[PLACES];
};

struct hp_returns *
hp_returns_create(void)
{
    struct hp_returns *returns = g_new0(struct hp_returns, 1);
    hp_ident_random(&returns->seed, sizeof(returns->seed));
    return returns;
}

void
hp_returns_destroy(struct hp_returns *returns)
{
    g_free(returns);
}

static uint64_t
hash(const struct hp_returns *returns, const char *key)
{
    return hp_ident_hash(returns->seed, key, strlen(key));
}

// For how long the key has been known; -1: it is not.
static int64_t
measure_us(const struct hp_returns *returns, const char *key)
{
    uint64_t sum = hash(returns, key);
    const struct place *place = &returns->places[sum % PLACES];
    int64_t age_us = hp_clock_now_us() - place->turned_away_us;
    bool is_known = place->turned_away_us != 0 && place->hash == sum && age_us < FORGET_US;
    return is_known ? age_us : -1;
}

void
hp_returns_note(struct hp_returns *returns, const char *key)
{
    if (measure_us(returns, key) < 0) {
        uint64_t sum = hash(returns, key);
        returns->places[sum % PLACES] =
                (struct place){ .hash = sum, .turned_away_us = hp_clock_now_us() };
    }
}

bool
hp_returns_has_waited(const struct hp_returns *returns, const char *key)
{
    return measure_us(returns, key) >= WAIT_US;
}

void
hp_returns_forget(struct hp_returns *returns, const char *key)
{
    if (measure_us(returns, key) >= 0) {
        returns->places[hash(returns, key) % PLACES].turned_away_us = 0;
    }
}

// consent.c - does the browser still want what we send?
// Owner: hp_shared_ice.  Thread: the peer's worker.
#include "pair/consent.h"

#include <string.h>

#include <glib.h>

#include "base/ident.h"

enum {
    INTERVAL_US = 5000 * 1000, // RFC 7675 section 5.1
    SPREAD_US = 1000 * 1000, // 20 % of it, both ways
    EXPIRY_US = 30 * 1000 * 1000,
    DOUBT_US = 10 * 1000 * 1000, // two checks have not been answered
    DOUBT_INTERVAL_US = 1000 * 1000,
};

static int64_t
draw_interval_us(void)
{
    uint32_t dice;
    hp_ident_random(&dice, sizeof(dice));
    return INTERVAL_US - SPREAD_US + (int64_t) (dice % (2 * SPREAD_US + 1));
}

void
hp_consent_begin(struct hp_consent *consent, int64_t now_us)
{
    *consent = (struct hp_consent){ .answered_us = now_us };
    consent->next_us = now_us + draw_interval_us();
}

bool
hp_consent_take(struct hp_consent *consent, int64_t now_us, uint32_t handle, uint8_t *id)
{
    if (now_us < consent->next_us) {
        return false;
    }
    bool is_doubtful = now_us - consent->answered_us > DOUBT_US;
    consent->next_us = now_us + (is_doubtful ? DOUBT_INTERVAL_US : draw_interval_us());
    hp_stun_make_id(id, handle);
    memcpy(consent->ids[consent->count % HP_CONSENT_OPEN_MAX], id, HP_STUN_ID_SIZE);
    consent->count++;
    return true;
}

bool
hp_consent_has(const struct hp_consent *consent, const uint8_t *id)
{
    unsigned open = MIN(consent->count, HP_CONSENT_OPEN_MAX);
    for (unsigned i = 0; i < open; i++) {
        if (memcmp(consent->ids[i], id, HP_STUN_ID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

void
hp_consent_renew(struct hp_consent *consent, int64_t now_us)
{
    consent->answered_us = now_us;
}

void
hp_consent_resume(struct hp_consent *consent, int64_t resumed_us)
{
    consent->answered_us = MAX(consent->answered_us, resumed_us - (EXPIRY_US - DOUBT_US));
}

bool
hp_consent_is_over(const struct hp_consent *consent, int64_t now_us)
{
    return now_us - consent->answered_us >= EXPIRY_US;
}

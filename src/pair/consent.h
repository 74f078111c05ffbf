// consent.h - does the browser still want what we send? A check every 5 s must be answered; when
// none has been for 30 s, consent is gone. Pure. RFC 7675.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nat/stun.h"

enum { HP_CONSENT_OPEN_MAX = 8 }; // checks whose answer may still come

// Part of hp_shared_ice.
struct hp_consent {
    int64_t answered_us; // the last answer
    int64_t next_us; // when the next check goes out
    uint8_t ids[HP_CONSENT_OPEN_MAX][HP_STUN_ID_SIZE]; // of the last checks, a circle
    unsigned count; // of checks sent
};

// Consent is given now, by the answer to a check.
void hp_consent_begin(struct hp_consent *consent, int64_t now_us);

// Is a check due? True: *id is of this check, and the next one is planned: after 5 s +-20 %, but
// after one second while there has been no answer for more than 10 s, so that a lossy path keeps
// its consent.
bool hp_consent_take(struct hp_consent *consent, int64_t now_us, uint32_t handle, uint8_t *id);

// Is the id that of a consent check?
bool hp_consent_has(const struct hp_consent *consent, const uint8_t *id);

// Such a check was answered.
void hp_consent_renew(struct hp_consent *consent, int64_t now_us);

// We heard nothing until then: for a third of the time without an answer that is no sign of the
// browser's. It is asked every second meanwhile. A time before the last answer changes nothing.
void hp_consent_resume(struct hp_consent *consent, int64_t resumed_us);

// Is it gone?
bool hp_consent_is_over(const struct hp_consent *consent, int64_t now_us);

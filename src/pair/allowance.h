// allowance.h - how many checks of one session go to addresses that have not answered: a few in any
// second. So forged descriptions cannot aim more of them at a stranger. Pure. RFC 8445 section
// 19.5.1.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ice.h"

// Part of the session, so that a new peer does not begin anew; on the session's worker. {0} is a
// fresh one.
struct hp_allowance {
    int64_t sent_us[HP_ICE_CHECKS_PER_SECOND]; // a circle
    unsigned next; // the oldest of them
};

// When the next check may go out: now_us, or later. What nobody has asked for leaves one check of
// each second to those that answer a check of the browser (`is_triggered`).
int64_t hp_allowance_next_us(
        const struct hp_allowance *allowance, int64_t now_us, bool is_triggered);

// A check goes out now.
void hp_allowance_note(struct hp_allowance *allowance, int64_t now_us);

// allowance.c - how many checks go to addresses that have not answered.
// Owner: hp_stage, or a checklist without a session.  Thread: the peer's worker.
#include "pair/allowance.h"

#include <glib.h>

enum { SECOND_US = 1000 * 1000 };

int64_t
hp_allowance_next_us(const struct hp_allowance *allowance, int64_t now_us, bool is_triggered)
{
    unsigned oldest = allowance->next;
    unsigned index = is_triggered ? oldest : (oldest + 1) % HP_ICE_CHECKS_PER_SECOND;
    int64_t sent_us = allowance->sent_us[index];
    return sent_us == 0 ? now_us : MAX(now_us, sent_us + SECOND_US);
}

void
hp_allowance_note(struct hp_allowance *allowance, int64_t now_us)
{
    allowance->sent_us[allowance->next] = now_us;
    allowance->next = (allowance->next + 1) % HP_ICE_CHECKS_PER_SECOND;
}

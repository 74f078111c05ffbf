// budget.c - how many connectivity checks go to addresses that have not answered.
// Owner: hp_stage, or a hp_ice_trickle without a session.  Thread: the peer's worker.
#include "ice/budget.h"

#include <glib.h>

enum { SECOND_US = 1100 * 1000 }; // a tenth more, since libnice sends a little late

// When libnice sends its checks to a silent address, after it was given the candidate: RFC 8489
// section 6.2.1 with an RTO of 500 ms.
static const int64_t check_times_us[HP_ICE_CHECKS_PER_PAIR] = {
    0, 500 * 1000, 1500 * 1000, 3500 * 1000
};

// The checks of one candidate, whose agent ends at `stop_us`, within the second that ends at
// `end_us`.
static unsigned
count_checks(int64_t begin_us, int64_t stop_us, unsigned pairs, int64_t end_us)
{
    unsigned count = 0;
    for (unsigned i = 0; i < HP_ICE_CHECKS_PER_PAIR; i++) {
        int64_t time_us = begin_us + check_times_us[i];
        bool is_sent = time_us < stop_us && time_us > end_us - SECOND_US && time_us <= end_us;
        count += is_sent ? pairs : 0;
    }
    return count;
}

// Is the second that ends at `end_us` within the limit, if the candidate passes now?
static bool
is_affordable(
        const struct hp_ice_budget *budget, int64_t now_us, unsigned pairs, int64_t end_us)
{
    unsigned own = count_checks(now_us, INT64_MAX, pairs, end_us);
    unsigned sum = own;
    for (unsigned i = 0; i < budget->count; i++) {
        sum += count_checks(budget->plans[i].begin_us, budget->plans[i].end_us,
                budget->plans[i].pairs, end_us);
    }
    return own == 0 || sum <= MAX(own, HP_ICE_CHECKS_PER_SECOND);
}

// A second is fullest when it ends with a check.
static bool
is_affordable_at_all(const struct hp_ice_budget *budget, int64_t now_us, unsigned pairs)
{
    for (unsigned i = 0; i < HP_ICE_CHECKS_PER_PAIR; i++) {
        if (!is_affordable(budget, now_us, pairs, now_us + check_times_us[i])) {
            return false;
        }
        for (unsigned j = 0; j < budget->count; j++) {
            int64_t end_us = budget->plans[j].begin_us + check_times_us[i];
            if (end_us > now_us && !is_affordable(budget, now_us, pairs, end_us)) {
                return false;
            }
        }
    }
    return true;
}

// Forgets the candidates whose last check was more than a second ago.
static void
forget_old(struct hp_ice_budget *budget, int64_t now_us)
{
    int64_t oldest_us = now_us - check_times_us[HP_ICE_CHECKS_PER_PAIR - 1] - SECOND_US;
    unsigned kept = 0;
    for (unsigned i = 0; i < budget->count; i++) {
        if (budget->plans[i].begin_us > oldest_us) {
            budget->plans[kept++] = budget->plans[i];
        }
    }
    budget->count = kept;
}

bool
hp_ice_budget_take(
        struct hp_ice_budget *budget, int64_t now_us, unsigned pairs, const void *user)
{
    forget_old(budget, now_us);
    if (budget->count == HP_ICE_BUDGET_PLANS || !is_affordable_at_all(budget, now_us, pairs)) {
        return false;
    }
    budget->plans[budget->count].begin_us = now_us;
    budget->plans[budget->count].end_us = INT64_MAX;
    budget->plans[budget->count].pairs = pairs;
    budget->plans[budget->count].user = user;
    budget->count++;
    return true;
}

void
hp_ice_budget_end(struct hp_ice_budget *budget, int64_t now_us, const void *user)
{
    for (unsigned i = 0; i < budget->count; i++) {
        if (budget->plans[i].user == user) {
            budget->plans[i].end_us = MIN(budget->plans[i].end_us, now_us + 1);
            budget->plans[i].user = NULL; // another agent may be made at its place
        }
    }
}

// trickle.c - the browser's candidates on their way to a NiceAgent.
// Owner: hp_ice_agent.  Thread: the peer's worker.
// RFC 8838 (trickle). A forged description can name 30 addresses of strangers, and libnice sends a
// few checks to each address. So only about CHECKS_PER_SECOND checks may go to silent addresses. A
// browser has two or three candidates, which all pass at once.
#include "ice/trickle.h"

#include <string.h>

#include "base/clock.h"
#include "base/ice.h"
#include "ice/candidate.h"
#include "wire/candidate.h"

enum {
    COMPONENT = 1,
    CHECKS_PER_SECOND = 5,
    CHECKS_PER_PAIR = 4, // checks that libnice sends to an address that is silent
    CREDIT_MAX = 4, // candidates that may pass at once, over restarts as well
};

struct waiting {
    NiceCandidate *candidate;
    char *ufrag;
};

static void
clear_waiting(void *item)
{
    struct waiting *waiting = item;
    nice_candidate_free(waiting->candidate);
    g_free(waiting->ufrag);
}

static int64_t
interval_us(const struct hp_ice_trickle *trickle)
{
    return (int64_t) MAX(trickle->bases, 1) * CHECKS_PER_PAIR * 1000000 / CHECKS_PER_SECOND;
}

static bool
take_credit(struct hp_ice_trickle *trickle)
{
    int64_t now_us = hp_clock_now_us();
    double earned = (double) (now_us - trickle->credit_us) / (double) interval_us(trickle);
    trickle->credit = MIN(trickle->credit + earned, CREDIT_MAX);
    trickle->credit_us = now_us;
    if (trickle->credit < 1) {
        return false;
    }
    trickle->credit -= 1;
    return true;
}

static bool
is_for_now(const struct hp_ice_trickle *trickle, const char *ufrag)
{
    return trickle->ufrag != NULL && (ufrag[0] == '\0' || strcmp(ufrag, trickle->ufrag) == 0);
}

static void
give(struct hp_ice_trickle *trickle, NiceCandidate *candidate)
{
    trickle->given++;
    candidate->stream_id = trickle->stream;
    GSList list = { .data = candidate };
    nice_agent_set_remote_candidates(trickle->nice, trickle->stream, COMPONENT, &list);
}

// Gives the candidate to the agent, or drops it beyond the limit. False: the candidate has to wait.
static bool
pass(struct hp_ice_trickle *trickle, NiceCandidate *candidate)
{
    if (trickle->given == HP_ICE_REMOTE_MAX) {
        trickle->dropped++;
        return true;
    }
    if (!take_credit(trickle)) {
        return false;
    }
    give(trickle, candidate);
    return true;
}

// Lets candidates pass in the order in which they came. Candidates that belong to an ICE restart
// whose description has not come yet stay.
static void
drain(void *arg)
{
    struct hp_ice_trickle *trickle = arg;
    unsigned i = 0;
    while (trickle->ufrag != NULL && i < trickle->waiting->len) {
        const struct waiting *waiting = &g_array_index(trickle->waiting, struct waiting, i);
        if (!is_for_now(trickle, waiting->ufrag)) {
            i++;
        } else if (pass(trickle, waiting->candidate)) {
            g_array_remove_index(trickle->waiting, i);
        } else {
            double missing = (1 - trickle->credit) * (double) interval_us(trickle);
            hp_timer_start(&trickle->timer, (int64_t) missing + 1);
            return;
        }
    }
    if (trickle->ufrag != NULL && trickle->is_ended) {
        trickle->is_ended = false;
        nice_agent_peer_candidate_gathering_done(trickle->nice, trickle->stream);
    }
}

void
hp_ice_trickle_init(struct hp_ice_trickle *trickle, struct hp_worker *worker, NiceAgent *nice,
        guint stream, bool with_loopback)
{
    *trickle = (struct hp_ice_trickle){
        .nice = nice,
        .stream = stream,
        .with_loopback = with_loopback,
        .credit = CREDIT_MAX,
        .credit_us = hp_clock_now_us(),
    };
    trickle->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting));
    g_array_set_clear_func(trickle->waiting, clear_waiting);
    hp_timer_init(&trickle->timer, worker, drain, trickle);
}

void
hp_ice_trickle_finish(struct hp_ice_trickle *trickle)
{
    if (trickle->waiting == NULL) {
        return;
    }
    hp_timer_stop(&trickle->timer);
    g_array_unref(trickle->waiting);
    g_free(trickle->ufrag);
}

void
hp_ice_trickle_set_ufrag(struct hp_ice_trickle *trickle, const char *ufrag)
{
    g_free(trickle->ufrag);
    trickle->ufrag = g_strdup(ufrag);
    trickle->given = 0;
    for (unsigned i = trickle->waiting->len; i > 0; i--) {
        if (!is_for_now(trickle, g_array_index(trickle->waiting, struct waiting, i - 1).ufrag)) {
            g_array_remove_index(trickle->waiting, i - 1);
            trickle->dropped++;
        }
    }
    drain(trickle);
}

void
hp_ice_trickle_forget(struct hp_ice_trickle *trickle)
{
    hp_timer_stop(&trickle->timer);
    g_clear_pointer(&trickle->ufrag, g_free);
    trickle->given = 0;
}

void
hp_ice_trickle_add(struct hp_ice_trickle *trickle, const char *line)
{
    if (line[0] == '\0') {
        trickle->is_ended = true;
        drain(trickle);
        return;
    }
    char ufrag[HP_ICE_TEXT_MAX + 1];
    NiceCandidate *candidate =
            hp_ice_candidate_take(line, trickle->with_loopback, ufrag, sizeof(ufrag));
    if (candidate == NULL || trickle->waiting->len == HP_ICE_REMOTE_MAX) {
        trickle->dropped++;
        g_clear_pointer(&candidate, nice_candidate_free);
        return;
    }
    struct waiting waiting = { .candidate = candidate, .ufrag = g_strdup(ufrag) };
    g_array_append_val(trickle->waiting, waiting);
    // Candidates of an ICE restart may come before its description.
    if (is_for_now(trickle, ufrag) && !hp_timer_is_running(&trickle->timer)) {
        drain(trickle);
    }
}

// trickle.c - the browser's candidates on their way to a NiceAgent.
// Owner: hp_ice_agent.  Thread: the peer's worker.
// RFC 8838 (trickle). A forged description can name 30 addresses of strangers, and libnice sends a
// few checks to each of them. So candidates wait until there is a budget for their checks. The ones
// that lead to most browsers go first: relayed and reflexive ones, and of each address one before
// any address gets a second one, in whatever order they came. A browser that can reach us does not
// wait for any of this, since its own checks tell its address. What has been sent to one address by
// the whole server counts, too: then other candidates go first.
#include "ice/trickle.h"

#include <string.h>

#include "base/clock.h"
#include "base/ice.h"
#include "base/strangers.h"
#include "ice/candidate.h"
#include "ice/config.h"
#include "wire/candidate.h"

enum {
    COMPONENT = 1,
    RETRY_US = 1000 * 1000 / HP_ICE_CHECKS_PER_SECOND,
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

static bool
is_for_now(const struct hp_ice_trickle *trickle, const char *ufrag)
{
    return trickle->ufrag != NULL && (ufrag[0] == '\0' || strcmp(ufrag, trickle->ufrag) == 0);
}

static unsigned
count_pairs(const struct hp_ice_trickle *trickle, const NiceCandidate *candidate)
{
    bool is_ipv6 = nice_address_ip_version(&candidate->addr) == 6;
    unsigned bases = is_ipv6 ? trickle->bases_ipv6 : trickle->bases_ipv4;
    return MAX(bases, 1); // a candidate of ours may come later
}

static unsigned
type_rank(NiceCandidateType type)
{
    switch (type) {
    case NICE_CANDIDATE_TYPE_RELAYED: return 0;
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE: return 1;
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE: return 2;
    case NICE_CANDIDATE_TYPE_HOST: break;
    }
    return 3;
}

// Lower is sooner: how often its address has had its turn, then the type.
static unsigned
rank(const struct hp_ice_trickle *trickle, const NiceCandidate *candidate)
{
    unsigned turns = 0;
    for (unsigned i = 0; i < trickle->given->len; i++) {
        const NiceAddress *address = &g_array_index(trickle->given, NiceAddress, i);
        turns += nice_address_equal_no_port(address, &candidate->addr);
    }
    return turns << 2 | type_rank(candidate->type);
}

static void
write_ip(const NiceCandidate *candidate, uint8_t ip[HP_STRANGERS_IP_SIZE])
{
    struct sockaddr_storage address = { 0 };
    nice_address_copy_to_sockaddr(&candidate->addr, (struct sockaddr *) &address);
    memset(ip, 0, HP_STRANGERS_IP_SIZE);
    if (address.ss_family == AF_INET6) {
        memcpy(ip, &((const struct sockaddr_in6 *) &address)->sin6_addr, HP_STRANGERS_IP_SIZE);
    } else {
        ip[10] = ip[11] = 0xff;
        memcpy(ip + 12, &((const struct sockaddr_in *) &address)->sin_addr, 4);
    }
}

void
hp_ice_trickle_meet(struct hp_ice_trickle *trickle, const NiceCandidate *remote)
{
    uint8_t ip[HP_STRANGERS_IP_SIZE];
    write_ip(remote, ip);
    hp_strangers_meet(trickle->config->strangers, ip, hp_clock_now_us());
}

// Has the candidate's address got as much as it may from this server?
static bool
is_crowded(const struct hp_ice_trickle *trickle, const NiceCandidate *candidate)
{
    uint8_t ip[HP_STRANGERS_IP_SIZE];
    int64_t now_us = hp_clock_now_us();
    unsigned checks = count_pairs(trickle, candidate) * HP_ICE_CHECKS_PER_PAIR;
    write_ip(candidate, ip);
    return hp_strangers_next_us(trickle->config->strangers, ip, checks, now_us) > now_us;
}

// The next candidate for the credentials in force; -1: none. *crowded: how many more would be, were
// their addresses not crowded.
static int
find_next(const struct hp_ice_trickle *trickle, unsigned *crowded)
{
    int next = -1;
    unsigned best = 0;
    *crowded = 0;
    for (unsigned i = 0; i < trickle->waiting->len; i++) {
        const struct waiting *waiting = &g_array_index(trickle->waiting, struct waiting, i);
        unsigned rank_now = rank(trickle, waiting->candidate);
        if (!is_for_now(trickle, waiting->ufrag)) {
            continue;
        }
        if (is_crowded(trickle, waiting->candidate)) {
            (*crowded)++;
        } else if (next < 0 || rank_now < best) {
            next = (int) i;
            best = rank_now;
        }
    }
    return next;
}

static void
give(struct hp_ice_trickle *trickle, NiceCandidate *candidate)
{
    g_array_append_val(trickle->given, candidate->addr);
    candidate->stream_id = trickle->stream;
    GSList list = { .data = candidate };
    nice_agent_set_remote_candidates(trickle->nice, trickle->stream, COMPONENT, &list);
}

// Gives the candidate to the agent, or drops it beyond the limit. False: the candidate has to wait.
static bool
pass(struct hp_ice_trickle *trickle, NiceCandidate *candidate)
{
    if (trickle->given->len == HP_ICE_REMOTE_MAX) {
        trickle->dropped++;
        return true;
    }
    uint8_t ip[HP_STRANGERS_IP_SIZE];
    unsigned pairs = count_pairs(trickle, candidate);
    int64_t now_us = hp_clock_now_us();
    if (!hp_ice_budget_take(trickle->budget, now_us, pairs, trickle)) {
        return false;
    }
    write_ip(candidate, ip);
    hp_strangers_note(
            trickle->config->strangers, ip, pairs * HP_ICE_CHECKS_PER_PAIR, now_us);
    give(trickle, candidate);
    return true;
}

// Lets candidates pass. Candidates that belong to an ICE restart whose description has not come yet
// stay.
static void
drain(void *arg)
{
    struct hp_ice_trickle *trickle = arg;
    int next;
    unsigned crowded;
    while ((next = find_next(trickle, &crowded)) >= 0) {
        if (!pass(trickle, g_array_index(trickle->waiting, struct waiting, next).candidate)) {
            hp_timer_start(&trickle->timer, RETRY_US);
            return;
        }
        g_array_remove_index(trickle->waiting, (guint) next);
    }
    if (crowded > 0) {
        hp_timer_start(&trickle->timer, RETRY_US);
        return;
    }
    if (trickle->ufrag != NULL && trickle->is_ended) {
        trickle->is_ended = false;
        nice_agent_peer_candidate_gathering_done(trickle->nice, trickle->stream);
    }
}

void
hp_ice_trickle_init(struct hp_ice_trickle *trickle, struct hp_worker *worker, NiceAgent *nice,
        guint stream, const struct hp_ice_config *config)
{
    *trickle = (struct hp_ice_trickle){
        .nice = nice,
        .stream = stream,
        .config = config,
    };
    trickle->budget = config->budget != NULL ? config->budget : &trickle->own;
    trickle->given = g_array_new(FALSE, FALSE, sizeof(NiceAddress));
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
    hp_ice_budget_end(trickle->budget, hp_clock_now_us(), trickle);
    g_array_unref(trickle->waiting);
    g_array_unref(trickle->given);
    g_free(trickle->ufrag);
}

void
hp_ice_trickle_note_local(struct hp_ice_trickle *trickle, const NiceCandidate *candidate)
{
    bool is_base = candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP
            && (candidate->type == NICE_CANDIDATE_TYPE_HOST
                    || candidate->type == NICE_CANDIDATE_TYPE_RELAYED);
    if (is_base && nice_address_ip_version(&candidate->addr) == 6) {
        trickle->bases_ipv6++;
    } else if (is_base) {
        trickle->bases_ipv4++;
    }
}

void
hp_ice_trickle_set_ufrag(struct hp_ice_trickle *trickle, const char *ufrag)
{
    g_free(trickle->ufrag);
    trickle->ufrag = g_strdup(ufrag);
    g_array_set_size(trickle->given, 0);
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
    g_array_set_size(trickle->given, 0);
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
            hp_ice_candidate_take(trickle->config, line, ufrag, sizeof(ufrag));
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

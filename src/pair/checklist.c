// checklist.c - the pairs of addresses by which a browser may be reached.
// Owner: hp_shared_ice.  Thread: the peer's worker.
// RFC 8445 section 6.1. All pairs are of one component, so none is frozen. A forged description can
// name 30 addresses of strangers: so few checks go out in a second, first those that answer a check
// of the browser, then the ones that lead to most browsers, and of each address one before any
// address gets a second one. The session's allowance bounds them, and the server's table of
// strangers.
#include "pair/checklist.h"

#include <string.h>

#include <glib.h>

#include "base/strangers.h"

enum { SENDS_MAX = 4 };

// How long the answer to each sending may take: RFC 8489 section 6.2.1 with an RTO of 500 ms.
static const int64_t waits_us[SENDS_MAX] = { 500 * 1000, 1000 * 1000, 2000 * 1000, 4000 * 1000 };

static void
destroy_pair(struct hp_pair *pair)
{
    g_free(pair->sender);
    g_free(pair);
}

static void
remove_at(struct hp_checklist *list, unsigned i)
{
    destroy_pair(list->pairs[i]);
    list->count--;
    list->pairs[i] = list->pairs[list->count];
    list->pairs[list->count] = NULL;
}

void
hp_checklist_clear(struct hp_checklist *list)
{
    while (list->count > 0) {
        remove_at(list, list->count - 1);
    }
}

struct hp_pair *
hp_checklist_find(const struct hp_checklist *list, const struct hp_flow *flow)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (hp_flow_equal(&list->pairs[i]->flow, flow)) {
            return list->pairs[i];
        }
    }
    return NULL;
}

struct hp_pair *
hp_checklist_find_id(const struct hp_checklist *list, const uint8_t *id)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (list->pairs[i]->sends > 0
                && memcmp(list->pairs[i]->id, id, HP_STUN_ID_SIZE) == 0) {
            return list->pairs[i];
        }
    }
    return NULL;
}

// Higher goes later when there is no room; 0: never.
static unsigned
futility(const struct hp_pair *pair)
{
    switch (pair->state) {
    case HP_PAIR_FAILED: return 4;
    case HP_PAIR_WAITING: return pair->is_triggered ? 1 : 3;
    case HP_PAIR_CHECKING: return pair->is_authentic ? 1 : 2;
    case HP_PAIR_GOOD: break;
    }
    return 1;
}

static bool
make_room(struct hp_checklist *list, const struct hp_pair *pair, const struct hp_pair *keep)
{
    unsigned worst = list->count;
    unsigned most = pair->is_triggered ? 0 : 1; // a check of the browser is worth any other pair
    for (unsigned i = 0; i < list->count; i++) {
        if (list->pairs[i] != keep && futility(list->pairs[i]) > most) {
            worst = i;
            most = futility(list->pairs[i]);
        }
    }
    if (worst == list->count) {
        return false;
    }
    remove_at(list, worst);
    return true;
}

struct hp_pair *
hp_checklist_add(
        struct hp_checklist *list, const struct hp_pair *pair, const struct hp_pair *keep)
{
    struct hp_pair *known = hp_checklist_find(list, &pair->flow);
    if (known != NULL) {
        known->remote_type = pair->remote_type;
        known->remote_priority = pair->remote_priority;
        return known;
    }
    if (list->count == HP_CHECKLIST_MAX && !make_room(list, pair, keep)) {
        return NULL;
    }
    struct hp_pair *added = g_memdup2(pair, sizeof(*pair));
    added->sender = g_strdup(pair->sender);
    list->pairs[list->count++] = added;
    return added;
}

void
hp_checklist_forget_local(struct hp_checklist *list, const struct hp_addr *local)
{
    for (unsigned i = list->count; i > 0; i--) {
        if (hp_addr_equal_ip(&list->pairs[i - 1]->flow.local, local)) {
            remove_at(list, i - 1);
        }
    }
}

void
hp_checklist_set_sender(struct hp_checklist *list, const char *ufrag)
{
    for (unsigned i = list->count; i > 0; i--) {
        struct hp_pair *pair = list->pairs[i - 1];
        if (pair->sender != NULL && strcmp(pair->sender, ufrag) != 0) {
            remove_at(list, i - 1);
        } else {
            g_clear_pointer(&pair->sender, g_free);
        }
    }
}

unsigned
hp_checklist_count_early(const struct hp_checklist *list)
{
    unsigned count = 0;
    for (unsigned i = 0; i < list->count; i++) {
        count += list->pairs[i]->sender != NULL;
    }
    return count;
}

static unsigned
type_rank(enum hp_candidate_type type)
{
    switch (type) {
    case HP_CANDIDATE_RELAY: return 0;
    case HP_CANDIDATE_SRFLX: return 1;
    case HP_CANDIDATE_PRFLX: return 2;
    case HP_CANDIDATE_HOST: break;
    }
    return 3;
}

// How often an address has had its turn.
static unsigned
count_turns(const struct hp_checklist *list, const struct hp_addr *remote)
{
    unsigned turns = 0;
    for (unsigned i = 0; i < list->count; i++) {
        const struct hp_pair *pair = list->pairs[i];
        turns += pair->sends > 0 && hp_addr_equal_ip(&pair->flow.remote, remote);
    }
    return turns;
}

// Lower is sooner: those that are triggered, then first checks, then repeated ones.
static unsigned
rank(const struct hp_checklist *list, const struct hp_pair *pair)
{
    unsigned turns = count_turns(list, &pair->flow.remote);
    unsigned class = pair->is_triggered ? 0 : pair->state == HP_PAIR_WAITING ? 1 : 2;
    return class << 16 | turns << 4 | type_rank(pair->remote_type);
}

uint64_t
hp_pair_priority(const struct hp_pair *pair, bool is_controlling)
{
    bool is_relayed = pair->flow.carrier != NULL && pair->flow.carrier->kind == HP_PATH_RELAY;
    uint64_t local = is_relayed ? pair->local_priority & 0xffffff : pair->local_priority;
    uint64_t remote = pair->remote_priority;
    uint64_t g = is_controlling ? local : remote;
    uint64_t d = is_controlling ? remote : local;
    return (MIN(g, d) << 32) + 2 * MAX(g, d) + (g > d);
}

static bool
is_worth_a_check(const struct hp_pair *pair, const struct hp_pair *selected)
{
    if (pair->is_triggered) {
        return true;
    }
    bool is_open = pair->state == HP_PAIR_WAITING || pair->state == HP_PAIR_CHECKING;
    return is_open
            && (selected == NULL
                    || hp_pair_priority(pair, true) > hp_pair_priority(selected, true));
}

// When the address of the pair may get one more check from this server; a check that answers one of
// the browser's always goes, like the answer itself.
static int64_t
stranger_next_us(
        const struct hp_checklist *list, const struct hp_pair *pair, int64_t now_us)
{
    bool is_asked = pair->is_triggered && pair->is_authentic;
    return is_asked ? now_us
                    : hp_strangers_next_us(list->strangers, pair->flow.remote.ip, 1, now_us);
}

// The allowance in force.
static struct hp_allowance *
find_allowance(struct hp_checklist *list)
{
    return list->allowance != NULL ? list->allowance : &list->own;
}

struct hp_pair *
hp_checklist_next(struct hp_checklist *list, int64_t now_us, const struct hp_pair *selected,
        int64_t *next_us)
{
    struct hp_pair *best = NULL;
    unsigned best_rank = 0;
    *next_us = INT64_MAX;
    for (unsigned i = 0; i < list->count; i++) {
        struct hp_pair *pair = list->pairs[i];
        if (!is_worth_a_check(pair, selected)) {
            continue;
        }
        if (!pair->is_triggered && pair->next_us > now_us) {
            *next_us = MIN(*next_us, pair->next_us);
            continue;
        }
        if (!pair->is_triggered && pair->sends == SENDS_MAX) {
            pair->state = HP_PAIR_FAILED;
            continue;
        }
        int64_t stranger_us = stranger_next_us(list, pair, now_us);
        if (stranger_us > now_us) {
            *next_us = MIN(*next_us, stranger_us);
            continue;
        }
        unsigned own_rank = rank(list, pair);
        if (best == NULL || own_rank < best_rank) {
            best = pair;
            best_rank = own_rank;
        }
    }
    if (best == NULL) {
        return NULL;
    }
    int64_t allowed_us = hp_allowance_next_us(find_allowance(list), now_us, best->is_triggered);
    *next_us = MIN(*next_us, MAX(allowed_us, now_us + 1));
    return allowed_us <= now_us ? best : NULL;
}

void
hp_checklist_note_sent(struct hp_checklist *list, struct hp_pair *pair, int64_t now_us)
{
    hp_allowance_note(find_allowance(list), now_us);
    hp_strangers_note(list->strangers, pair->flow.remote.ip, 1, now_us);
    pair->state = HP_PAIR_CHECKING;
    pair->is_triggered = false;
    pair->next_us = now_us + waits_us[MIN(pair->sends, SENDS_MAX - 1)];
    pair->sends++;
}

void
hp_pair_trigger(struct hp_pair *pair)
{
    pair->is_triggered = true;
    if (pair->state == HP_PAIR_CHECKING) {
        pair->sends = MIN(pair->sends, 1); // the same check again: the answer may be under way
        return;
    }
    pair->state = HP_PAIR_WAITING;
    pair->sends = 0;
}

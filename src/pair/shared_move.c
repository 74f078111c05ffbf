// shared_move.c - our own addresses of one browser's ICE, and how it takes over that they have
// changed: an interface came or went, or the router in front is known by another address.
// Owner: hp_shared_ice.  Thread: the peer's worker.
// RFC 8838 section 14 (candidates that come late), RFC 8445 section 5.1.1.
#include "pair/shared_move.h"

#include "pair/shared_parts.h"

// Where the browser is known to be, by the pairs that there are.
struct known {
    unsigned count;
    struct hp_pair places[HP_CHECKLIST_MAX];
};

void
hp_shared_move_init_locals(const struct hp_ingress *ingress,
        const struct hp_locals_params *params, struct hp_locals *locals)
{
    struct hp_locals_params all = *params;
    all.port = hp_ingress_port(ingress);
    all.tcp_places = hp_ingress_tcp_places(ingress);
    hp_locals_init(locals, &all);
}

static void
tell_changes(struct hp_shared_ice *shared, const struct hp_locals *before)
{
    const struct hp_ice *ice = &shared->ice;
    const struct hp_locals *now = &shared->locals;
    char line[HP_CANDIDATE_TEXT_MAX];
    for (unsigned i = 0; hp_locals_write(before, i, line); i++) {
        if (!hp_locals_has_candidate(now, before, i)) {
            ice->cbs->on_candidate_gone(ice->cbs_arg, line);
        }
    }
    for (unsigned i = 0; i < HP_ICE_LOCAL_MAX && hp_locals_write(now, i, line); i++) {
        if (!hp_locals_has_candidate(before, now, i)) {
            ice->cbs->on_candidate(ice->cbs_arg, line);
        }
    }
}

static bool
is_known(const struct known *known, const struct hp_addr *remote)
{
    for (unsigned i = 0; i < known->count; i++) {
        if (hp_addr_equal(&known->places[i].flow.remote, remote)) {
            return true;
        }
    }
    return false;
}

// A connection, and what comes through a relay, belongs to the address that it was made to. A pair
// that came before the browser's description may be a stranger's.
static void
collect_known(const struct hp_shared_ice *shared, struct known *known)
{
    const struct hp_carrier *udp = hp_ingress_carrier(shared->inlet.ingress);
    known->count = 0;
    for (unsigned i = 0; i < shared->list.count; i++) {
        const struct hp_pair *pair = shared->list.pairs[i];
        if (pair->flow.carrier->kind == udp->kind && pair->sender == NULL
                && !is_known(known, &pair->flow.remote)) {
            known->places[known->count++] = *pair;
        }
    }
}

static void
pair_base(struct hp_shared_ice *shared, const struct hp_addr *base, const struct known *known)
{
    for (unsigned i = 0; i < known->count; i++) {
        const struct hp_pair *place = &known->places[i];
        if (hp_addr_is_ipv4(base) == hp_addr_is_ipv4(&place->flow.remote)) {
            struct hp_flow flow = place->flow;
            flow.local = *base;
            hp_shared_checks_add(
                    shared, &flow, place->remote_type, place->remote_priority, NULL);
        }
    }
}

// Pairs of other addresses that work take over: the browser may know nothing of it yet.
static void
trigger_good(struct hp_shared_ice *shared)
{
    for (unsigned i = 0; i < shared->list.count; i++) {
        if (shared->list.pairs[i]->state == HP_PAIR_GOOD) {
            hp_pair_trigger(shared->list.pairs[i]);
        }
    }
}

static bool
is_path_gone(const struct hp_shared_ice *shared, const struct hp_locals *before)
{
    return shared->selected != NULL
            && hp_locals_has_base(before, &shared->selected->flow.local)
            && !hp_locals_has_base(&shared->locals, &shared->selected->flow.local);
}

// The path is left first, since it goes with its address.
static void
forget_gone(struct hp_shared_ice *shared, const struct hp_locals *before)
{
    bool is_left = is_path_gone(shared, before);
    if (is_left) {
        shared->selected = NULL;
    }
    for (unsigned i = 0; i < before->base_count; i++) {
        const struct hp_addr *base = &before->bases[i].addr;
        if (!hp_locals_has_base(&shared->locals, base)) {
            hp_checklist_forget_local(&shared->list, base);
        }
    }
    if (is_left) {
        trigger_good(shared);
    }
}

void
hp_shared_move_run(struct hp_shared_ice *shared, const struct hp_locals_params *params)
{
    struct hp_locals before = shared->locals;
    struct known known;
    hp_shared_move_init_locals(shared->inlet.ingress, params, &shared->locals);
    if (!shared->has_gathered) {
        return;
    }
    tell_changes(shared, &before);
    collect_known(shared, &known);
    forget_gone(shared, &before);
    for (unsigned i = 0; i < shared->locals.base_count; i++) {
        const struct hp_addr *base = &shared->locals.bases[i].addr;
        if (!hp_locals_has_base(&before, base)) {
            pair_base(shared, base, &known);
        }
    }
    hp_shared_checks_run(shared);
}

// shared_ice.c - full ICE for one browser on the shared port.
// Owner: hp_endpoint.  Thread: the peer's worker.
// RFC 8445 (ICE), RFC 8838 (trickle).
#include "pair/shared_ice.h"

#include <assert.h>

#include <glib.h>

#define LOG_TAG "ice"
#include "base/clock.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/worker.h"
#include "pair/shared_move.h"
#include "pair/shared_parts.h"

enum { FAILURE_US = 3 * 1000 * 1000 }; // who leaves sooner has perhaps not failed

static struct hp_shared_ice *
get_shared(const struct hp_ice *ice)
{
    return (struct hp_shared_ice *) (uintptr_t) ice; // the first member
}

// Pairs a candidate of the browser with each address of ours of its family.
static void
pair_remote(void *arg, const struct hp_remote *remote)
{
    struct hp_shared_ice *shared = arg;
    for (unsigned i = 0; i < shared->locals.base_count; i++) {
        const struct hp_addr *base = &shared->locals.bases[i].addr;
        if (hp_addr_is_ipv4(base) == hp_addr_is_ipv4(&remote->addr)) {
            struct hp_flow flow = {
                .carrier = hp_ingress_carrier(shared->inlet.ingress),
                .local = *base,
                .remote = remote->addr,
            };
            hp_shared_checks_add(shared, &flow, remote->type, remote->priority, NULL);
        }
    }
}

static void
pair_remotes(struct hp_shared_ice *shared)
{
    if (shared->now.remote_ufrag != NULL) {
        hp_remotes_drain(&shared->remotes, shared->now.remote_ufrag, pair_remote, shared);
        hp_shared_checks_run(shared);
    }
}

static const char *
get_ufrag(const struct hp_ice *ice)
{
    return get_shared(ice)->now.ufrag;
}

static const char *
get_password(const struct hp_ice *ice)
{
    return get_shared(ice)->now.password;
}

static bool
gather(struct hp_ice *ice)
{
    struct hp_shared_ice *shared = get_shared(ice);
    char line[HP_CANDIDATE_TEXT_MAX];
    assert(ice->cbs != NULL);
    shared->has_gathered = true;
    for (unsigned i = 0; i < HP_ICE_LOCAL_MAX && hp_locals_write(&shared->locals, i, line); i++) {
        ice->cbs->on_candidate(ice->cbs_arg, line);
    }
    if (shared->locals.base_count == 0) {
        log_error("peer %s: this host has no address to offer to the browser: check its network",
                shared->id);
        return false;
    }
    return true;
}

static void
set_controlling(struct hp_ice *ice, bool is_controlling)
{
    get_shared(ice)->is_controlling = is_controlling;
}

static void
restart(struct hp_ice *ice)
{
    struct hp_shared_ice *shared = get_shared(ice);
    if (!shared->uses_before) {
        hp_session_finish(&shared->before);
        shared->before = shared->now;
        shared->uses_before = shared->path.flow.carrier != NULL;
    } else {
        hp_session_finish(&shared->now);
    }
    hp_session_init(&shared->now);
    shared->selected = NULL;
    hp_checklist_clear(&shared->list);
    hp_ingress_add_ufrag(&shared->inlet, shared->now.ufrag);
    if (shared->state == HP_ICE_CONNECTED) {
        shared->state = HP_ICE_CONNECTING; // otherwise the next success would be no change of state
    }
    hp_shared_checks_run(shared);
}

static void
undo_restart(struct hp_ice *ice)
{
    struct hp_shared_ice *shared = get_shared(ice);
    if (shared->before.ufrag[0] == '\0') {
        return;
    }
    hp_session_finish(&shared->now);
    shared->now = shared->before;
    shared->now.remote_ufrag = g_strdup(shared->before.remote_ufrag);
    shared->now.remote_password = g_strdup(shared->before.remote_password);
    hp_session_forget_remote(&shared->now);
    hp_checklist_clear(&shared->list);
    hp_ingress_add_ufrag(&shared->inlet, shared->now.ufrag);
}

static void
set_remote(struct hp_ice *ice, const char *ufrag, const char *password)
{
    struct hp_shared_ice *shared = get_shared(ice);
    if (g_strcmp0(shared->now.remote_ufrag, ufrag) == 0) {
        return;
    }
    if (!hp_session_set_remote(&shared->now, ufrag, password)) {
        log_warn("peer %s: the browser's ICE credentials are refused: expected those of RFC 8839",
                shared->id);
        return;
    }
    hp_checklist_set_sender(&shared->list, ufrag);
    if (shared->path.flow.carrier != NULL) { // the old pair is the first to be verified anew
        struct hp_pair *pair = hp_shared_checks_add(
                shared, &shared->path.flow, HP_CANDIDATE_PRFLX, 0, NULL);
        if (pair != NULL) {
            hp_pair_trigger(pair);
        }
    }
    pair_remotes(shared);
}

static void
add_candidate(struct hp_ice *ice, const char *line)
{
    struct hp_shared_ice *shared = get_shared(ice);
    assert(hp_worker_is_current(shared->worker));
    if (line[0] == '\0') {
        return; // more may become known by checks of the browser
    }
    hp_remotes_add(&shared->remotes, &shared->locals, line);
    pair_remotes(shared);
}

static const char *
get_pair(const struct hp_ice *ice)
{
    return get_shared(ice)->pair_text;
}

static bool
roam(struct hp_ice *ice)
{
    struct hp_shared_ice *shared = get_shared(ice);
    struct hp_pair *pair = hp_checklist_find(&shared->list, &shared->new_flow);
    if (shared->new_flow.carrier == NULL || shared->path.flow.carrier == NULL || pair == NULL) {
        return false;
    }
    hp_shared_path_set_flow(&shared->path, &shared->new_flow);
    log_debug("peer %s: follows to a new address", shared->id);
    hp_pair_trigger(pair);
    hp_shared_checks_run(shared);
    return true;
}

static void
roam_back(struct hp_ice *ice)
{
    struct hp_shared_ice *shared = get_shared(ice);
    if (shared->path.flow.carrier != NULL) {
        hp_shared_path_set_flow(&shared->path, &shared->home);
    }
}

static uint64_t
count_dropped_candidates(const struct hp_ice *ice)
{
    return get_shared(ice)->remotes.dropped;
}

// What an operator needs who looks for the reason of a black picture.
static void
log_failure(const struct hp_shared_ice *shared)
{
    if (shared->now.remote_ufrag == NULL) {
        log_info("peer %s: no path: no answer of the browser came", shared->id);
    } else {
        log_info("peer %s: no path: %u candidates of the browser and %" G_GUINT64_FORMAT
                " that no check can go to, %u of ours, %s", shared->id, shared->remotes.given,
                shared->remotes.dropped, shared->locals.base_count + shared->locals.public_count,
                shared->heard_checks > 0 ? "its checks came, our answers do not arrive"
                                         : "none of its checks came, by UDP or TCP");
    }
}

static void
close_shared(struct hp_ice *ice, void (*on_gone)(void *arg), void *arg)
{
    struct hp_shared_ice *shared = get_shared(ice);
    assert(hp_worker_is_current(shared->worker));
    if (!shared->has_connected && hp_clock_silence_us(shared->begun_us) > FAILURE_US) {
        log_failure(shared);
    }
    hp_timer_stop(&shared->timer);
    hp_ingress_close_inlet(&shared->inlet);
    hp_shared_path_finish(&shared->path);
    hp_checklist_clear(&shared->list);
    hp_remotes_clear(&shared->remotes);
    hp_session_finish(&shared->now);
    hp_session_finish(&shared->before);
    hp_shared_checks_forget_kept(shared);
    g_free(shared->id);
    g_free(shared);
    on_gone(arg);
}

static const struct hp_ice_ops ice_ops = {
    .ufrag = get_ufrag,
    .password = get_password,
    .gather = gather,
    .set_controlling = set_controlling,
    .restart = restart,
    .undo_restart = undo_restart,
    .set_remote = set_remote,
    .add_candidate = add_candidate,
    .pair = get_pair,
    .roam = roam,
    .roam_back = roam_back,
    .dropped_candidates = count_dropped_candidates,
    .close = close_shared,
};

struct hp_ice *
hp_shared_ice_create(struct hp_ingress *ingress, struct hp_worker *worker,
        const struct hp_locals_params *params, const char *id)
{
    struct hp_shared_ice *shared = g_new0(struct hp_shared_ice, 1);
    shared->ice = (struct hp_ice) { .ops = &ice_ops, .path = &shared->path.path };
    shared->worker = worker;
    shared->id = g_strdup(id);
    shared->state = HP_ICE_CONNECTING;
    shared->begun_us = hp_clock_now_us();
    shared->inlet = (struct hp_inlet) { .on_datagram = hp_shared_checks_recv, .arg = shared };
    hp_ident_random(&shared->tie, sizeof(shared->tie));
    hp_shared_move_init_locals(ingress, params, &shared->locals);
    hp_session_init(&shared->now);
    hp_shared_path_init(&shared->path, worker);
    hp_timer_init(&shared->timer, worker, hp_shared_checks_run, shared);
    hp_ingress_open_inlet(ingress, &shared->inlet, worker);
    hp_ingress_add_ufrag(&shared->inlet, shared->now.ufrag);
    return &shared->ice;
}

void
hp_shared_ice_move(struct hp_ice *ice, const struct hp_locals_params *params)
{
    struct hp_shared_ice *shared = get_shared(ice);
    assert(hp_worker_is_current(shared->worker));
    hp_shared_move_run(shared, params);
}

void
hp_shared_ice_limit(
        struct hp_ice *ice, struct hp_allowance *allowance, struct hp_strangers *strangers)
{
    struct hp_shared_ice *shared = get_shared(ice);
    shared->list.allowance = allowance;
    shared->list.strangers = strangers;
}

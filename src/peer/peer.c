// peer.c - one browser's connection: connects the home thread with the endpoint on its worker.
// Owner: room/session.  Thread: home, except where a comment names the worker.
#include "peer/peer.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "peer"
#include "base/ice.h"
#include "base/log.h"
#include "base/worker.h"
#include "ice/agent.h"
#include "ice/config.h"
#include "pair/locals.h"
#include "pair/shared_ice.h"
#include "peer/endpoint.h"
#include "peer/figures.h"
#include "peer/moves.h"
#include "peer/names.h"
#include "peer/peer_limits.h"
#include "peer/rtc.h"
#include "peer/watchdog.h"
#include "wire/candidate.h"

// What may be under way to the worker, which takes nothing while it hangs.
enum {
    MAX_WAITING = 1024 * 1024, // bytes of messages
    MAX_MESSAGES = 1024,
    MAX_CALLS = 256, // descriptions and candidates
};

// Wishes of which only the newest counts: of each kind at most one task is under way.
enum wish_kind {
    WISH_VIDEO,
    WISH_AUDIO,
    WISH_OFFER,
    WISH_STATS,
    WISH_KINDS
};

// The value of a wish that is under way, from 1 on; 0: none is.
enum {
    TRACK_OFF = 1,
    TRACK_ON = 2,
    OFFER_PLAIN = 1,
    OFFER_RESTART = 2, // a bit of its own: a plain offer after it does not take it back
    STATS = 1,
};

struct wish {
    struct hp_peer *peer;
    atomic_uint value;
};

struct hp_peer {
    char *id;
    struct hp_peer_params params; // its texts and lists are our copies
    enum hp_codec codecs[HP_CODECS];
    const struct hp_peer_cbs *cbs;
    void *cbs_arg;
    bool is_closing; // used on home only
    struct hp_names names; // likewise
    struct hp_moves moves; // likewise
    struct hp_figures figures; // likewise

    // What the endpoint is made from.
    struct hp_ice_config *ice_config;
    struct hp_ingress *ingress; // NULL: there is no shared port
    struct hp_watchdog_timeouts timeouts;
    struct hp_dtls_context *dtls_context;
    struct hp_sctp_stack *sctp_stack;
    char *fingerprint;

    struct hp_endpoint *endpoint; // used on the worker only; NULL before open and after close
    struct hp_ice *ice;           // likewise, if it follows our addresses: see run_move()
    atomic_size_t waiting;        // bytes posted by hp_peer_send()
    atomic_uint messages;         // posted by hp_peer_send()
    atomic_uint calls;            // descriptions and candidates posted
    atomic_uint dropped;          // messages
    struct hp_ice_config *_Atomic move; // that waits for the worker; NULL: none is under way
    struct wish wishes[WISH_KINDS];
};

// A call on its way to the other thread: the fields that any call needs.
struct call {
    struct hp_peer *peer;
    char *text;  // sdp, candidate or label
    char *extra; // type or mid
    int number;  // m-line index, track, state
    unsigned level;
    enum hp_status status;
    void *data;
    size_t size;
};

static struct call *
make_call(struct hp_peer *peer, const char *text, const char *extra) // both copied
{
    struct call *call = g_new0(struct call, 1);
    call->peer = peer;
    call->text = g_strdup(text);
    call->extra = g_strdup(extra);
    return call;
}

static void
destroy_call(struct call *call)
{
    g_free(call->text);
    g_free(call->extra);
    g_free(call->data);
    g_free(call);
}

// ---- from the worker to home ----

static void
tell_description(void *arg)
{
    struct call *call = arg;
    struct hp_peer *peer = call->peer;
    if (!peer->is_closing) {
        peer->cbs->on_description(peer->cbs_arg, call->extra, call->text);
    }
    destroy_call(call);
}

static void
on_description(void *arg, const char *type, const char *sdp)
{
    struct hp_peer *peer = arg;
    hp_worker_post(peer->params.home, tell_description, make_call(peer, sdp, type));
}

static void
tell_candidate(void *arg)
{
    struct call *call = arg;
    struct hp_peer *peer = call->peer;
    if (!peer->is_closing) {
        peer->cbs->on_candidate(peer->cbs_arg, call->text, call->extra, call->number);
    }
    destroy_call(call);
}

static void
on_candidate(void *arg, const char *candidate, const char *mid, int mline_index)
{
    struct hp_peer *peer = arg;
    struct call *call = make_call(peer, candidate, mid);
    call->number = mline_index;
    hp_worker_post(peer->params.home, tell_candidate, call);
}

static void
tell_state(void *arg)
{
    struct call *call = arg;
    struct hp_peer *peer = call->peer;
    if (!peer->is_closing) {
        peer->cbs->on_state(peer->cbs_arg, (enum hp_peer_state) call->number, call->status);
    }
    destroy_call(call);
}

static void
on_state(void *arg, enum hp_peer_state state, enum hp_status status)
{
    struct hp_peer *peer = arg;
    struct call *call = make_call(peer, NULL, NULL);
    call->number = (int) state;
    call->status = status;
    hp_worker_post(peer->params.home, tell_state, call);
}

static const struct hp_endpoint_cbs endpoint_cbs = {
    .on_description = on_description,
    .on_candidate = on_candidate,
    .on_state = on_state,
};

static void
tell_stats(void *arg)
{
    struct call *call = arg;
    struct hp_peer_stats *stats = call->data;
    stats->failed_servers = hp_rtc_count_failed_servers(call->peer->params.rtc);
    hp_figures_tell(&call->peer->figures, stats);
    destroy_call(call);
}

static void
destroy(struct hp_peer *peer)
{
    unsigned dropped = atomic_load(&peer->dropped);
    if (dropped > 0) {
        log_warn("peer %s: %u messages for its data channels were dropped: more than %d of them, "
                 "or %d bytes, waited for its worker",
                peer->id, dropped, MAX_MESSAGES, MAX_WAITING);
    }
    hp_ice_config_destroy(peer->ice_config);
    g_free(peer->fingerprint);
    g_free(peer->id);
    g_free(peer);
}

static void
tell_closed(void *arg)
{
    struct hp_peer *peer = arg;
    const struct hp_peer_cbs *cbs = peer->cbs;
    void *cbs_arg = peer->cbs_arg;
    destroy(peer);
    cbs->on_closed(cbs_arg);
}

// ---- on the worker ----

static struct hp_ice *
create_shared_ice(const struct hp_peer *peer)
{
    struct hp_locals_params params = hp_moves_locals(peer->ice_config);
    struct hp_ice *ice =
            hp_shared_ice_create(peer->ingress, peer->params.worker, &params, peer->id);
    struct hp_peer_limits *limits = peer->params.limits;
    hp_shared_ice_limit(
            ice, limits != NULL ? &limits->allowance : NULL, peer->ice_config->strangers);
    return ice;
}

// The one place that makes a peer's ICE: that of the shared port, if there is one.
static struct hp_ice *
create_ice(struct hp_peer *peer)
{
    const struct hp_peer_params *params = &peer->params;
    if (params->create_ice != NULL) {
        return params->create_ice(peer->cbs_arg, params->worker, peer->id);
    }
    if (peer->ingress != NULL) {
        return peer->ice = create_shared_ice(peer);
    }
    peer->ice_config->budget = params->limits != NULL ? &params->limits->budget : NULL;
    return peer->ice = hp_ice_agent_create(
                   params->worker, g_steal_pointer(&peer->ice_config), peer->id);
}

static void
run_open(void *arg)
{
    struct hp_peer *peer = arg;
    const struct hp_peer_params *params = &peer->params;
    struct hp_ice *ice = create_ice(peer);
    if (ice == NULL) {
        on_state(peer, HP_PEER_FAILED, HP_STATUS_ICE_FAILED); // create_ice() has logged the reason
        return;
    }
    struct hp_endpoint_params endpoint_params = {
        .id = peer->id,
        .worker = params->worker,
        .codecs = params->codecs,
        .codec_count = params->codec_count,
        .dialect = params->dialect,
        .input_sink = params->input_sink,
        .ice = ice,
        .path = params->wrap_path != NULL ? params->wrap_path(peer->cbs_arg, ice->path) : ice->path,
        .timeouts = &peer->timeouts,
        .dtls_context = peer->dtls_context,
        .sctp_stack = peer->sctp_stack,
        .fingerprint = peer->fingerprint,
        .peer_cbs = peer->cbs,
        .peer_arg = peer->cbs_arg,
    };
    peer->endpoint = hp_endpoint_create(&endpoint_params, &endpoint_cbs, peer);
}

static void
run_set_remote(void *arg)
{
    struct call *call = arg;
    atomic_fetch_sub(&call->peer->calls, 1);
    if (call->peer->endpoint != NULL) {
        hp_endpoint_set_remote(call->peer->endpoint, call->extra, call->text);
    }
    destroy_call(call);
}

static void
run_add_candidate(void *arg)
{
    struct call *call = arg;
    atomic_fetch_sub(&call->peer->calls, 1);
    if (call->peer->endpoint != NULL) {
        hp_endpoint_add_candidate(call->peer->endpoint, call->text);
    }
    destroy_call(call);
}

static void
run_move(void *arg)
{
    struct hp_peer *peer = arg;
    struct hp_ice_config *config = atomic_exchange(&peer->move, NULL);
    if (peer->ice != NULL && peer->ingress != NULL) {
        struct hp_locals_params params = hp_moves_locals(config);
        hp_shared_ice_move(peer->ice, &params);
    } else if (peer->ice != NULL) {
        hp_ice_agent_move(peer->ice, config);
        hp_endpoint_move(peer->endpoint, config);
    }
    hp_ice_config_destroy(config);
}

static void
run_select_level(void *arg)
{
    struct call *call = arg;
    if (call->peer->endpoint != NULL) {
        hp_endpoint_select_level(
                call->peer->endpoint, (enum hp_track_kind) call->number, call->level);
    }
    destroy_call(call);
}

static void
run_send(void *arg)
{
    struct call *call = arg;
    atomic_fetch_sub(&call->peer->waiting, call->size);
    atomic_fetch_sub(&call->peer->messages, 1);
    if (call->peer->endpoint != NULL) {
        hp_endpoint_send(call->peer->endpoint, call->text, call->data, call->size, false);
    }
    destroy_call(call);
}

static void
post_stats(struct hp_peer *peer)
{
    struct call *call = make_call(peer, NULL, NULL);
    call->data = g_new0(struct hp_peer_stats, 1);
    hp_endpoint_get_stats(peer->endpoint, call->data);
    hp_worker_post(peer->params.home, tell_stats, call);
}

static void
run_wish(void *arg)
{
    struct wish *wish = arg;
    struct hp_peer *peer = wish->peer;
    unsigned value = atomic_exchange(&wish->value, 0); // the next wish is a task of its own again
    if (peer->endpoint == NULL) {
        return;
    }
    switch ((enum wish_kind) (wish - peer->wishes)) {
    case WISH_VIDEO:
        hp_endpoint_enable_track(peer->endpoint, HP_TRACK_VIDEO, value == TRACK_ON);
        break;
    case WISH_AUDIO:
        hp_endpoint_enable_track(peer->endpoint, HP_TRACK_AUDIO, value == TRACK_ON);
        break;
    case WISH_OFFER: hp_endpoint_offer(peer->endpoint, (value & OFFER_RESTART) != 0); break;
    case WISH_STATS: post_stats(peer); break;
    case WISH_KINDS: break;
    }
}

static void
on_gone(void *arg)
{
    struct hp_peer *peer = arg;
    hp_worker_post(peer->params.home, tell_closed, peer);
}

static void
run_close(void *arg)
{
    struct hp_peer *peer = arg;
    if (peer->endpoint == NULL) {
        on_gone(peer);
        return;
    }
    peer->ice = NULL;
    hp_endpoint_close(g_steal_pointer(&peer->endpoint), on_gone, peer);
}

// ---- at home ----

// Posts a call from home to the worker, and takes the call. After close the call is dropped.
static void
post(struct hp_peer *peer, hp_task_fn run, struct call *call) // taken
{
    assert(hp_worker_is_current(peer->params.home));
    if (peer->is_closing) {
        destroy_call(call);
        return;
    }
    hp_worker_post(peer->params.worker, run, call);
}

// Like post(), for what a browser can send without end: false when too many are under way.
static bool
post_bounded(struct hp_peer *peer, hp_task_fn run, const char *text, const char *extra)
{
    if (peer->is_closing) {
        return true; // nothing is refused, the peer just ends
    }
    if (atomic_load(&peer->calls) >= MAX_CALLS) {
        return false;
    }
    atomic_fetch_add(&peer->calls, 1);
    post(peer, run, make_call(peer, text, extra));
    return true;
}

// A candidate that is lost because too many are under way is found by the browser's own checks.
static void
on_named_candidate(void *arg, const char *line)
{
    (void) post_bounded(arg, run_add_candidate, line, NULL);
}

// Only the newest addresses count: a move that still waits gives way, and its task takes this one.
static void
on_move(void *arg, struct hp_ice_config *config) // taken
{
    struct hp_peer *peer = arg;
    struct hp_ice_config *before = atomic_exchange(&peer->move, config);
    if (before == NULL) {
        hp_worker_post(peer->params.worker, run_move, peer);
    } else {
        hp_ice_config_destroy(before);
    }
}

struct hp_peer *
hp_peer_create(const struct hp_peer_params *params, const struct hp_peer_cbs *cbs, void *arg)
{
    assert(hp_worker_is_current(params->home));
    assert(params->input_sink != NULL);
    if (params->codec_count > HP_CODECS) {
        log_error("peer %s cannot be made with %u codecs: expected at most %d", params->id,
                params->codec_count, HP_CODECS);
        return NULL;
    }
    struct hp_peer *peer = g_new0(struct hp_peer, 1);
    peer->id = g_strdup(params->id);
    memcpy(peer->codecs, params->codecs, params->codec_count * sizeof(*params->codecs));
    peer->params = *params;
    peer->params.id = peer->id;
    peer->params.codecs = peer->codecs;
    peer->params.address = peer->params.host = NULL; // borrowed
    peer->cbs = cbs;
    peer->cbs_arg = arg;
    hp_figures_init(&peer->figures, params->home, cbs, arg);
    for (unsigned i = 0; i < WISH_KINDS; i++) {
        peer->wishes[i].peer = peer;
    }
    peer->ice_config = hp_rtc_take_ice_config(params->rtc, params->address, params->host);
    // what a browser that is far calls by a name is in no network of ours
    hp_names_init(&peer->names, peer->ice_config->is_far ? NULL : hp_rtc_reach(params->rtc),
            peer->id, on_named_candidate, peer);
    peer->ingress = hp_rtc_ingress(params->rtc);
    peer->timeouts = *hp_rtc_timeouts(params->rtc);
    peer->dtls_context = hp_rtc_dtls_context(params->rtc);
    peer->sctp_stack = hp_rtc_sctp_stack(params->rtc);
    peer->fingerprint = g_strdup(hp_rtc_fingerprint(params->rtc));
    struct hp_moves_params moves_params = {
        .rtc = params->rtc,
        .is_followed = params->create_ice == NULL,
        .address = params->address,
        .host = params->host,
        .on_move = on_move,
        .arg = peer,
    };
    hp_moves_init(&peer->moves, &moves_params, peer->ice_config);
    hp_worker_post(params->worker, run_open, peer);
    return peer;
}

static void
post_wish(struct hp_peer *peer, enum wish_kind kind, unsigned value)
{
    assert(hp_worker_is_current(peer->params.home));
    struct wish *wish = &peer->wishes[kind];
    if (peer->is_closing) {
        return;
    }
    unsigned before = kind == WISH_OFFER ? atomic_fetch_or(&wish->value, value)
                                         : atomic_exchange(&wish->value, value);
    if (before == 0) {
        hp_worker_post(peer->params.worker, run_wish, wish);
    }
}

void
hp_peer_offer(struct hp_peer *peer, bool restart_ice)
{
    post_wish(peer, WISH_OFFER, restart_ice ? OFFER_RESTART : OFFER_PLAIN);
}

bool
hp_peer_set_remote(struct hp_peer *peer, const char *type, const char *sdp)
{
    if (!post_bounded(peer, run_set_remote, sdp, type)) {
        return false;
    }
    hp_names_take_all(&peer->names, sdp);
    return true;
}

bool
hp_peer_add_candidate(
        struct hp_peer *peer, const char *candidate, const char *mid, int mline_index)
{
    (void) mid; // all m-lines are bundled, so there is one transport
    (void) mline_index;
    if (strlen(candidate) >= HP_CANDIDATE_TEXT_MAX) {
        log_debug("peer %s: a candidate of %zu bytes is dropped, it is too long",
                peer->id, strlen(candidate));
        return true;
    }
    hp_names_take(&peer->names, candidate); // without its address it still tells a port
    return post_bounded(peer, run_add_candidate, candidate, NULL);
}

void
hp_peer_enable_track(struct hp_peer *peer, enum hp_track_kind kind, bool is_enabled)
{
    post_wish(peer, kind == HP_TRACK_VIDEO ? WISH_VIDEO : WISH_AUDIO,
            is_enabled ? TRACK_ON : TRACK_OFF);
}

void
hp_peer_select_level(struct hp_peer *peer, enum hp_track_kind kind, unsigned level)
{
    struct call *call = make_call(peer, NULL, NULL);
    call->number = (int) kind;
    call->level = level;
    post(peer, run_select_level, call);
}

void
hp_peer_send(struct hp_peer *peer, const char *label, const void *data, size_t size)
{
    size_t before = atomic_fetch_add(&peer->waiting, size);
    unsigned messages = atomic_fetch_add(&peer->messages, 1);
    if (size > MAX_WAITING || before > MAX_WAITING - size || messages >= MAX_MESSAGES) {
        atomic_fetch_sub(&peer->waiting, size);
        atomic_fetch_sub(&peer->messages, 1);
        atomic_fetch_add(&peer->dropped, 1);
        return;
    }
    struct call *call = make_call(peer, label, NULL);
    call->data = g_memdup2(data, size);
    call->size = size;
    hp_worker_post(peer->params.worker, run_send, call);
}

void
hp_peer_send_here(struct hp_peer *peer, const char *label, const void *data, size_t size,
        bool is_brief)
{
    assert(hp_worker_is_current(peer->params.worker));
    if (peer->endpoint != NULL) {
        hp_endpoint_send(peer->endpoint, label, data, size, is_brief);
    }
}

void
hp_peer_request_stats(struct hp_peer *peer)
{
    post_wish(peer, WISH_STATS, STATS);
    hp_figures_want(&peer->figures);
}

void
hp_peer_send_rtcp(struct hp_peer *peer, const void *data, size_t size)
{
    assert(hp_worker_is_current(peer->params.worker));
    if (peer->endpoint != NULL) {
        hp_endpoint_send_rtcp(peer->endpoint, data, size);
    }
}

void
hp_peer_close(struct hp_peer *peer)
{
    assert(hp_worker_is_current(peer->params.home));
    if (peer->is_closing) {
        return;
    }
    peer->is_closing = true;
    hp_names_finish(&peer->names);
    hp_moves_finish(&peer->moves);
    hp_figures_finish(&peer->figures);
    hp_worker_post(peer->params.worker, run_close, peer);
}

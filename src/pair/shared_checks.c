// shared_checks.c - the connectivity checks of one browser on the shared port: sends them, answers
// the browser's, selects a pair and asks for consent.
// Owner: hp_shared_ice.  Thread: the peer's worker.
// RFC 8445 section 7, RFC 7675 (consent). A controlling agent nominates with its first checks, as
// RFC 5245 allowed and all browsers take: a good path needs one round trip.
#include "pair/shared_parts.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "ice"
#include "base/strangers.h"
#include "base/clock.h"
#include "base/log.h"
#include "nat/stun.h"

enum {
    PACING_US = 5000, // RFC 8445 section 14.2 takes no less
    SILENCE_US = 600 * 1000, // what makes the selected pair worth less than a new nomination
    STRAY_US = 200 * 1000, // of silence, after which strays are looked into: browsers report faster
};

static bool
is_tcp(const struct hp_flow *flow)
{
    return flow->carrier->kind == HP_PATH_TCP;
}

static void
send_to(const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_segment segment = { .data = data, .size = size };
    if (size > 0) {
        flow->carrier->ops->send_run(flow->carrier, flow, &segment, 1); // full: lost, and repeated
    }
}

// ---- the selected pair ----

static void
deliver(struct hp_shared_ice *shared, const uint8_t *data, size_t size)
{
    const struct hp_path *path = &shared->path.path;
    if (path->cbs != NULL) {
        path->cbs->on_packet(path->cbs_arg, data, size);
    }
}

void
hp_shared_checks_forget_kept(struct hp_shared_ice *shared)
{
    for (unsigned i = 0; i < shared->kept_count; i++) {
        g_free(shared->kept[i].data);
    }
    shared->kept_count = 0;
}

static void
deliver_kept(struct hp_shared_ice *shared)
{
    for (unsigned i = 0; i < shared->kept_count; i++) {
        deliver(shared, shared->kept[i].data, shared->kept[i].size);
    }
    hp_shared_checks_forget_kept(shared);
}

static void
describe(struct hp_shared_ice *shared, const struct hp_pair *pair)
{
    char local[HP_ADDR_PORT_TEXT_SIZE];
    char remote[HP_ADDR_PORT_TEXT_SIZE];
    hp_addr_write_port(&pair->flow.local, local, sizeof(local));
    hp_addr_write_port(&pair->flow.remote, remote, sizeof(remote));
    g_snprintf(shared->pair_text, sizeof(shared->pair_text), "host %s - %s %s%s", local,
            hp_candidate_type_name(pair->remote_type), remote, is_tcp(&pair->flow) ? " tcp" : "");
    log_debug("peer %s: pair %s", shared->id, shared->pair_text);
}

static void
set_state(struct hp_shared_ice *shared, enum hp_ice_state state)
{
    if (state != shared->state) {
        shared->state = state;
        shared->ice.cbs->on_state(shared->ice.cbs_arg, state);
    }
}

static void
select_pair(struct hp_shared_ice *shared, struct hp_pair *pair)
{
    shared->selected = pair;
    shared->home = pair->flow;
    shared->uses_before = false;
    pair->has_strays = false;
    shared->heard_us = hp_clock_now_us();
    hp_consent_begin(&shared->consent, shared->heard_us);
    describe(shared, pair);
    hp_shared_path_set_flow(&shared->path, &pair->flow);
    shared->has_connected = true;
    set_state(shared, HP_ICE_CONNECTED);
    deliver_kept(shared);
}

// Is a nominated pair, which works both ways, to take the place of the selected one?
static bool
is_better(const struct hp_shared_ice *shared, const struct hp_pair *pair)
{
    if (shared->selected == NULL || shared->state != HP_ICE_CONNECTED) {
        return true;
    }
    if (pair == shared->selected) {
        return !hp_flow_equal(&shared->path.flow, &pair->flow);
    }
    bool is_silent = hp_clock_silence_us(shared->heard_us) > SILENCE_US;
    return is_silent || pair->has_strays
            || hp_pair_priority(pair, shared->is_controlling)
            > hp_pair_priority(shared->selected, shared->is_controlling);
}

static void
consider(struct hp_shared_ice *shared, struct hp_pair *pair)
{
    bool is_nominated = shared->is_controlling ? pair->nominates : pair->is_nominated;
    if (pair->state == HP_PAIR_GOOD && is_nominated && is_better(shared, pair)) {
        select_pair(shared, pair);
    }
}

// ---- checks of ours ----

static void
send_check(struct hp_shared_ice *shared, const struct hp_session *session,
        const struct hp_flow *flow, const uint8_t *id, bool nominates)
{
    uint8_t data[HP_STUN_MESSAGE_MAX];
    struct hp_stun_check check = {
        .id = id,
        .ufrag = session->ufrag,
        .remote_ufrag = session->remote_ufrag,
        .remote_password = session->remote_password,
        .priority = hp_locals_prflx_priority(&shared->locals, &flow->local, is_tcp(flow)),
        .tie = shared->tie,
        .is_controlling = shared->is_controlling,
        .nominates = nominates,
    };
    send_to(flow, data, hp_stun_write_check(&check, data));
}

// While a pair is selected and heard, a worse one is verified, but not nominated.
static bool
may_nominate(const struct hp_shared_ice *shared, const struct hp_pair *pair)
{
    return shared->is_controlling && is_better(shared, pair);
}

static void
check_pair(struct hp_shared_ice *shared, struct hp_pair *pair, int64_t now_us)
{
    bool nominates = may_nominate(shared, pair);
    if (pair->sends == 0 || nominates != pair->nominates) {
        hp_stun_make_id(pair->id, shared->inlet.peer.handle);
        pair->nominates = nominates;
    }
    hp_checklist_note_sent(&shared->list, pair, now_us);
    send_check(shared, &shared->now, &pair->flow, pair->id, pair->nominates);
    shared->next_send_us = now_us + PACING_US;
}

static int64_t
send_checks(struct hp_shared_ice *shared, int64_t now_us)
{
    int64_t next_us;
    if (shared->now.remote_ufrag == NULL) {
        return INT64_MAX;
    }
    if (now_us < shared->next_send_us) {
        return shared->next_send_us;
    }
    struct hp_pair *pair = hp_checklist_next(&shared->list, now_us, shared->selected, &next_us);
    if (pair == NULL) {
        return next_us;
    }
    check_pair(shared, pair, now_us);
    return shared->next_send_us;
}

// The session that the path's consent is asked by; NULL: there is no path.
static const struct hp_session *
consent_session(const struct hp_shared_ice *shared)
{
    const struct hp_session *session = shared->uses_before ? &shared->before : &shared->now;
    return shared->path.flow.carrier != NULL && session->remote_ufrag != NULL ? session : NULL;
}

static int64_t
ask_consent(struct hp_shared_ice *shared, int64_t now_us)
{
    const struct hp_session *session = consent_session(shared);
    uint8_t id[HP_STUN_ID_SIZE];
    if (session == NULL) {
        return INT64_MAX;
    }
    hp_consent_resume(&shared->consent,
            now_us - hp_clock_silence_us(shared->consent.answered_us));
    if (hp_consent_is_over(&shared->consent, now_us)) {
        hp_shared_path_set_flow(&shared->path, NULL);
        shared->selected = NULL;
        set_state(shared, HP_ICE_FAILED);
        return INT64_MAX;
    }
    if (hp_consent_take(&shared->consent, now_us, shared->inlet.peer.handle, id)) {
        send_check(shared, session, &shared->path.flow, id, false);
    }
    return shared->consent.next_us;
}

// Sends what is due, and looks again when more is.
void
hp_shared_checks_run(void *arg)
{
    struct hp_shared_ice *shared = arg;
    int64_t now_us = hp_clock_now_us();
    int64_t next_us = ask_consent(shared, now_us);
    next_us = MIN(next_us, send_checks(shared, now_us));
    if (next_us == INT64_MAX) {
        hp_timer_stop(&shared->timer);
    } else {
        hp_timer_start(&shared->timer, MAX(0, next_us - now_us));
    }
}

struct hp_pair *
hp_shared_checks_add(struct hp_shared_ice *shared, const struct hp_flow *flow,
        enum hp_candidate_type type, uint32_t remote_priority, const char *sender)
{
    struct hp_pair pair = {
        .flow = *flow,
        .remote_type = type,
        .local_priority =
                hp_locals_host_priority(&shared->locals, &flow->local, is_tcp(flow)),
        .remote_priority = remote_priority,
        .sender = (char *) (uintptr_t) sender, // copied
    };
    return hp_checklist_add(&shared->list, &pair, shared->selected);
}

// ---- what comes from the browser ----

// Do packets go by that flow?
static bool
is_path(const struct hp_shared_ice *shared, const struct hp_flow *flow)
{
    return hp_flow_equal(&shared->path.flow, flow);
}

static void
trust(struct hp_shared_ice *shared, struct hp_pair *pair)
{
    if (!pair->is_authentic) {
        pair->is_authentic = true;
        hp_ingress_validate(&shared->inlet, &pair->flow);
    }
}

// While connected: the browser is elsewhere now, or looks whether it could be.
static void
note_address(struct hp_shared_ice *shared, const struct hp_pair *pair, bool is_new)
{
    bool is_silent = hp_clock_silence_us(shared->heard_us) > SILENCE_US;
    if (shared->state != HP_ICE_CONNECTED || !(is_new || is_silent)
            || is_path(shared, &pair->flow)) {
        return;
    }
    shared->new_flow = pair->flow;
    shared->ice.cbs->on_address(shared->ice.cbs_arg);
}

static void
on_check(struct hp_shared_ice *shared, const struct hp_flow *flow,
        const struct hp_stun_request *request, const char *sender)
{
    bool is_early = shared->now.remote_ufrag == NULL;
    struct hp_pair *pair = hp_checklist_find(&shared->list, flow);
    if (pair == NULL && is_early
            && hp_checklist_count_early(&shared->list) == HP_CHECKLIST_EARLY_MAX) {
        return;
    }
    if (pair == NULL) {
        pair = hp_shared_checks_add(shared, flow, HP_CANDIDATE_PRFLX, request->priority,
                is_early ? sender : NULL);
    }
    if (pair == NULL) {
        return;
    }
    bool is_new = !pair->is_authentic;
    pair->flow = *flow; // the carrier may have changed what only it reads
    if (is_path(shared, flow)) {
        shared->path.flow = *flow;
    }
    pair->is_nominated |= request->nominates;
    trust(shared, pair);
    consider(shared, pair);
    if (pair->state != HP_PAIR_GOOD || may_nominate(shared, pair)) {
        hp_pair_trigger(pair);
    }
    note_address(shared, pair, is_new);
    hp_shared_checks_run(shared);
}

// The session that a check is for; NULL: none of ours.
static const struct hp_session *
find_session(const struct hp_shared_ice *shared, const struct hp_stun_peek *peek)
{
    if (hp_session_is_for(&shared->now, peek->ufrag, peek->ufrag_size)) {
        return &shared->now;
    }
    bool is_before = shared->before.remote_ufrag != NULL
            && hp_session_is_for(&shared->before, peek->ufrag, peek->ufrag_size);
    return is_before ? &shared->before : NULL;
}

// What an answer says of where the check has come from. Firefox drops one that says loopback, where
// a tunnel to this host ends; by TCP a browser has no use for the address.
static struct hp_addr
get_mapped(const struct hp_shared_ice *shared, const struct hp_flow *flow)
{
    struct hp_addr mapped = flow->remote;
    if (!is_tcp(flow) || !hp_addr_is_loopback(&flow->remote)) {
        return mapped;
    }
    for (unsigned i = 0; i < shared->locals.base_count; i++) {
        if (!hp_addr_is_loopback(&shared->locals.bases[i].addr)) {
            mapped = shared->locals.bases[i].addr;
            mapped.port = flow->remote.port;
            return mapped;
        }
    }
    return mapped;
}

static void
on_request(struct hp_shared_ice *shared, const struct hp_flow *flow,
        const struct hp_stun_peek *peek, const uint8_t *data, size_t size)
{
    const struct hp_session *session = find_session(shared, peek);
    uint8_t answer[HP_STUN_MESSAGE_MAX];
    struct hp_stun_request request;
    if (session == NULL) {
        return;
    }
    struct hp_stun_local local = {
        .ufrag = session->ufrag,
        .password = session->password,
        .remote_ufrag = session->remote_ufrag,
        .tie = shared->tie,
    };
    struct hp_addr mapped = get_mapped(shared, flow);
    enum hp_stun_verdict verdict = hp_stun_answer_check(
            &local, &shared->is_controlling, data, size, &mapped, &request, answer);
    send_to(flow, answer, request.answer_size);
    shared->heard_checks += verdict == HP_STUN_GOOD;
    if (verdict == HP_STUN_GOOD && session == &shared->now) {
        char *sender = g_strndup(peek->remote_ufrag, peek->remote_ufrag_size);
        on_check(shared, flow, &request, sender);
        g_free(sender);
    }
}

static void
on_pair_answer(struct hp_shared_ice *shared, struct hp_pair *pair, enum hp_stun_verdict verdict)
{
    switch (verdict) {
    case HP_STUN_GOOD:
        pair->state = HP_PAIR_GOOD;
        pair->is_triggered = false;
        pair->sends = 0;
        hp_strangers_meet(shared->list.strangers, pair->flow.remote.ip, hp_clock_now_us());
        trust(shared, pair);
        consider(shared, pair);
        break;
    case HP_STUN_ROLE_CONFLICT:
        shared->is_controlling = !shared->is_controlling; // RFC 8445 section 7.2.5.1
        pair->state = HP_PAIR_WAITING;
        hp_pair_trigger(pair);
        break;
    case HP_STUN_REFUSED:
        pair->state = HP_PAIR_FAILED;
        pair->sends = 0;
        break;
    case HP_STUN_FORGED: break;
    }
    hp_shared_checks_run(shared);
}

static void
on_answer(struct hp_shared_ice *shared, const struct hp_flow *flow, const uint8_t *id,
        const uint8_t *data, size_t size)
{
    const struct hp_session *session = consent_session(shared);
    if (session != NULL && hp_consent_has(&shared->consent, id)) {
        if (hp_stun_verify_answer(id, session->remote_password, data, size) == HP_STUN_GOOD) {
            hp_consent_renew(&shared->consent, hp_clock_now_us());
        }
        return;
    }
    struct hp_pair *pair = hp_checklist_find_id(&shared->list, id);
    // An answer from elsewhere than where the check went proves nothing (RFC 8445 section
    // 7.2.5.2.1).
    if (pair == NULL || shared->now.remote_password == NULL
            || pair != hp_checklist_find(&shared->list, flow)) {
        return;
    }
    on_pair_answer(shared, pair,
            hp_stun_verify_answer(id, shared->now.remote_password, data, size));
}

static void
on_stun(struct hp_shared_ice *shared, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_stun_peek peek;
    if (!hp_stun_peek(data, size, &peek)) {
        return;
    }
    switch (peek.kind) {
    case HP_STUN_CHECK: on_request(shared, flow, &peek, data, size); break;
    case HP_STUN_ANSWER: on_answer(shared, flow, peek.id, data, size); break;
    case HP_STUN_INDICATION:
    case HP_STUN_OTHER: break;
    }
}

// A packet came from where nobody has been verified. Perhaps the browser has moved: it answers a
// check then, long before it sends one of its own (Firefox: every 4 to 6 s). An answer to a
// nomination moves the path. Where the browser controls, its next check does.
static void
look_into_stray(struct hp_shared_ice *shared, const struct hp_flow *flow)
{
    int64_t silence_us = hp_clock_silence_us(shared->heard_us);
    if (shared->state != HP_ICE_CONNECTED || shared->selected == NULL || silence_us < STRAY_US
            || !shared->is_controlling) {
        return;
    }
    struct hp_pair *pair = hp_checklist_find(&shared->list, flow);
    if (pair == NULL) {
        pair = hp_shared_checks_add(shared, flow, HP_CANDIDATE_PRFLX,
                shared->selected->remote_priority, NULL);
    }
    if (pair != NULL && pair->state != HP_PAIR_CHECKING) { // else its check is under way
        pair->has_strays = true;
        hp_pair_trigger(pair);
        hp_shared_checks_run(shared);
    }
}

static void
keep(struct hp_shared_ice *shared, const uint8_t *data, size_t size)
{
    if (shared->kept_count < HP_SHARED_KEPT_MAX) {
        shared->kept[shared->kept_count++] =
                (struct hp_shared_kept){ .data = g_memdup2(data, size), .size = size };
    }
}

void
hp_shared_checks_recv(
        void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    struct hp_shared_ice *shared = arg;
    bool is_selected = is_path(shared, flow);
    if (is_selected) {
        shared->heard_us = hp_clock_now_us();
    }
    if (data[0] <= 3) {
        on_stun(shared, flow, data, size);
        return;
    }
    const struct hp_pair *pair =
            is_selected ? NULL : hp_checklist_find(&shared->list, flow);
    if (!is_selected && (pair == NULL || !pair->is_authentic)) {
        shared->dropped_packets++;
        look_into_stray(shared, flow);
    } else if (shared->path.flow.carrier == NULL) {
        keep(shared, data, size);
    } else {
        deliver(shared, data, size);
    }
}

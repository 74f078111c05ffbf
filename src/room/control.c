// control.c - control of the desktop: the rules, and handing control over without overlap.
// Owner: hp_room.  Thread: main; workers read the epoch.
#include "room/control.h"

#include <assert.h>

#include <glib.h>

#include "base/clock.h"
#include "base/timer.h"
#include "member/rules.h"
#include "plugin/seat.h"
#include "room/session.h"

// The host hears of one session's wish for control at most this often; a new host hears of it at
// once.
enum {
    ASK_INTERVAL_US = 1000000,
    LOOK_US = 500000, // between two looks for what is over: the host's silence, a wish
    WISH_US = 30000000, // a wish without an answer
};

struct hp_control {
    const struct hp_rules *rules;
    const struct hp_control_cbs *cbs;
    void *cbs_arg;
    atomic_uint epoch; // of the control in force, never 0: 0 means "not bound"
    struct hp_session *host; // the session that is to have control
    struct hp_session *held; // the session whose seat is bound
    bool is_unbinding; // the seat of `held` is releasing its keys and buttons
    GPtrArray *askers; // sessions that wish for control, first come first
    bool has_new_wishes; // the host has not heard of the last change of `askers`
    int64_t told_us; // when it did
    bool is_away; // the host is silent
    struct hp_timer look; // runs while there is a host
};

// The host hears of each change, but not more often than it can look.
static void
tell_wishes(struct hp_control *control)
{
    int64_t now_us = hp_clock_now_us();
    if (control->has_new_wishes && control->host != NULL
            && now_us - control->told_us >= LOOK_US) {
        control->has_new_wishes = false;
        control->told_us = now_us;
        control->cbs->on_wishes(control->cbs_arg, control->host, control->askers);
    }
}

static void
add_wish(struct hp_control *control, struct hp_session *session)
{
    session->wish_us = hp_clock_now_us();
    if (!g_ptr_array_find(control->askers, session, NULL)) {
        g_ptr_array_add(control->askers, session);
        control->has_new_wishes = true;
    }
    tell_wishes(control);
}

// False: the session does not ask.
static bool
remove_wish(struct hp_control *control, struct hp_session *session)
{
    bool did_ask = g_ptr_array_remove(control->askers, session);
    control->has_new_wishes |= did_ask;
    return did_ask;
}

static bool
end_wish(struct hp_control *control, struct hp_session *session, enum hp_wish end)
{
    bool did_ask = remove_wish(control, session);
    if (did_ask) {
        control->cbs->on_wish(control->cbs_arg, session, end);
        tell_wishes(control);
    }
    return did_ask;
}

// Nobody waits for a ghost: who is away stands before nobody.
static void
expire_wishes(struct hp_control *control)
{
    for (unsigned i = control->askers->len; i > 0; i--) {
        struct hp_session *session = g_ptr_array_index(control->askers, i - 1);
        if (hp_clock_silence_us(session->wish_us) >= WISH_US || hp_session_is_away(session)) {
            end_wish(control, session, HP_WISH_EXPIRED);
        }
    }
}

static void
look_at_host(struct hp_control *control)
{
    struct hp_session *host = control->host;
    bool is_away = hp_session_is_away(host);
    if (is_away != control->is_away) {
        control->is_away = is_away;
        control->cbs->on_away(control->cbs_arg, NULL, host, is_away);
    }
}

static void
on_look(void *arg)
{
    struct hp_control *control = arg;
    if (control->host != NULL) {
        look_at_host(control);
        expire_wishes(control);
        tell_wishes(control);
        hp_timer_start(&control->look, LOOK_US);
    }
}

struct hp_control *
hp_control_create(struct hp_worker *home, const struct hp_rules *rules,
        const struct hp_control_cbs *cbs, void *arg)
{
    struct hp_control *control = g_new0(struct hp_control, 1);
    control->rules = rules;
    control->cbs = cbs;
    control->cbs_arg = arg;
    atomic_init(&control->epoch, 1);
    control->askers = g_ptr_array_new();
    hp_timer_init(&control->look, home, on_look, control);
    return control;
}

void
hp_control_destroy(struct hp_control *control)
{
    if (control != NULL) {
        assert(control->held == NULL);
        hp_timer_stop(&control->look);
        g_ptr_array_free(control->askers, TRUE);
        g_free(control);
    }
}

const atomic_uint *
hp_control_epoch(const struct hp_control *control)
{
    return &control->epoch;
}

struct hp_session *
hp_control_host(const struct hp_control *control)
{
    return control->host;
}

bool
hp_control_opens_clipboard(const struct hp_control *control, const struct hp_session *session)
{
    return session->profile.can_access_clipboard && hp_control_host(control) == session;
}

// No seat is bound any more, so the seat of the new host may be bound.
static void
settle(struct hp_control *control)
{
    if (control->host != NULL) {
        control->held = control->host;
        hp_seat_bind(control->host->seat, atomic_load(&control->epoch));
    }
    control->cbs->on_handed_over(control->cbs_arg, control->host);
}

static void
on_unbound(void *arg)
{
    struct hp_control *control = arg;
    control->held = NULL;
    control->is_unbinding = false;
    settle(control);
}

static void
set_host(struct hp_control *control, struct hp_session *by, struct hp_session *host)
{
    control->host = host;
    control->is_away = control->has_new_wishes = false;
    control->told_us = 0;
    g_ptr_array_set_size(control->askers, 0); // each change of control ends all wishes
    if (host != NULL && !hp_timer_is_running(&control->look)) {
        hp_timer_start(&control->look, LOOK_US);
    }
    if (atomic_fetch_add(&control->epoch, 1) + 1 == 0) {
        atomic_fetch_add(&control->epoch, 1); // the counter wraps past 0, which means "not bound"
    }
    control->cbs->on_host(control->cbs_arg, by, host);
    if (control->held == NULL) {
        settle(control);
        return;
    }
    if (host != NULL) {
        hp_seat_expect(host->seat, atomic_load(&control->epoch)); // what it does now is not lost
    }
    if (!control->is_unbinding) { // else the echo binds the host of that time
        control->is_unbinding = true;
        hp_seat_unbind(control->held->seat, on_unbound, control);
    }
}

// The rules for every session, also for one that another session gives control to.
static bool
is_fit(const struct hp_control *control, const struct hp_session *session)
{
    return session->is_connected && !session->is_ending && session->profile.can_host
            && (session->profile.is_admin || !control->rules->private_mode);
}

// May this session have control at all (right, private mode, locks)?
static bool
may_host(const struct hp_control *control, const struct hp_session *session)
{
    return is_fit(control, session)
            && (session->profile.is_admin || !control->rules->locked_controls);
}

// Keeps control from changing many times a second. An admin is exempt, to be able to stop a session
// that tries.
static bool
may_change_again(struct hp_session *by)
{
    return by->profile.is_admin || hp_bucket_take(&by->changes, 1);
}

enum hp_control_answer
hp_control_request(struct hp_control *control, struct hp_session *session)
{
    if (!may_host(control, session)) {
        return HP_CONTROL_REFUSED;
    }
    if (control->host == session) {
        return HP_CONTROL_TAKEN;
    }
    if (control->host == NULL || control->rules->implicit_hosting || control->is_away) {
        if (!may_change_again(session)) {
            return HP_CONTROL_REFUSED;
        }
        set_host(control, session, session);
        return HP_CONTROL_TAKEN;
    }
    int64_t now_us = hp_clock_now_us();
    unsigned epoch = atomic_load(&control->epoch);
    bool is_repeated = session->asked_us != 0 && session->asked_epoch == epoch;
    if (!is_repeated || now_us - session->asked_us >= ASK_INTERVAL_US) {
        session->asked_us = now_us;
        session->asked_epoch = epoch;
        control->cbs->on_request(control->cbs_arg, control->host, session);
    }
    add_wish(control, session);
    return HP_CONTROL_ASKED;
}

bool
hp_control_withdraw(struct hp_control *control, struct hp_session *session)
{
    return end_wish(control, session, HP_WISH_WITHDRAWN);
}

bool
hp_control_decline(
        struct hp_control *control, const struct hp_session *by, struct hp_session *asker)
{
    return control->host == by && end_wish(control, asker, HP_WISH_DECLINED);
}

void
hp_control_greet(struct hp_control *control, struct hp_session *session)
{
    if (control->is_away && control->host != session) {
        control->cbs->on_away(control->cbs_arg, session, control->host, true);
    }
    if (control->host == session && control->askers->len > 0) {
        control->cbs->on_wishes(control->cbs_arg, session, control->askers);
    }
    if (g_ptr_array_find(control->askers, session, NULL)) {
        control->cbs->on_wish(control->cbs_arg, session, HP_WISH_ASKED);
    }
}

bool
hp_control_release(struct hp_control *control, struct hp_session *session)
{
    if (control->host != session) {
        return false;
    }
    set_host(control, session, NULL);
    return true;
}

bool
hp_control_give(struct hp_control *control, struct hp_session *by, struct hp_session *to)
{
    bool may_give = by->profile.is_admin || (control->host == by && is_fit(control, by));
    bool is_locked = control->rules->locked_controls && !by->profile.is_admin;
    bool may_have = is_fit(control, to) && (to->profile.is_admin || !is_locked);
    if (!may_give || !may_have || hp_session_is_away(to)) {
        return false;
    }
    if (control->host == to) {
        return true;
    }
    if (!may_change_again(by)) {
        return false;
    }
    set_host(control, by, to);
    return true;
}

bool
hp_control_take(struct hp_control *control, struct hp_session *by)
{
    if (!by->profile.is_admin || !is_fit(control, by)) {
        return false;
    }
    if (control->host != by) {
        set_host(control, by, by);
    }
    return true;
}

bool
hp_control_reset(struct hp_control *control, struct hp_session *by)
{
    if (!by->profile.is_admin) {
        return false;
    }
    if (control->host != NULL) {
        set_host(control, by, NULL);
    }
    return true;
}

void
hp_control_drop(struct hp_control *control, struct hp_session *session)
{
    if (control->host == session) {
        set_host(control, session, NULL);
    } else if (remove_wish(control, session)) {
        tell_wishes(control);
    }
}

void
hp_control_check(struct hp_control *control, struct hp_session *by)
{
    if (control->host != NULL && !may_host(control, control->host)) {
        set_host(control, by != NULL ? by : control->host, NULL);
    }
    for (unsigned i = control->askers->len; i > 0; i--) {
        struct hp_session *asker = g_ptr_array_index(control->askers, i - 1);
        if (!may_host(control, asker)) {
            end_wish(control, asker, HP_WISH_DECLINED);
        }
    }
}

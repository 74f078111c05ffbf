// control.h - control of the desktop: which session has it (the host), the rules, and handing
// control over without overlap.
//
//   take control away: epoch + 1 (old input stops) -> post unbind to the old host's worker (keys
//   and buttons are released) -> echo -> bind the new host's seat, plugins hear of the change
//
// Main thread.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <glib.h>

#include "room/notice.h"

struct hp_control;
struct hp_session;
struct hp_rules;
struct hp_worker;

enum hp_control_answer {
    HP_CONTROL_TAKEN, // the session has control now, or had control before
    HP_CONTROL_ASKED, // the host was told
    HP_CONTROL_REFUSED, // no right, locked, private, too often
};

struct hp_control_cbs {
    // Control changed; `by` caused the change, `host` is NULL when nobody has control.
    void (*on_host)(void *arg, struct hp_session *by, struct hp_session *host);
    // `requester` wants control: ask the host.
    void (*on_request)(void *arg, struct hp_session *host, struct hp_session *requester);
    // Those who wish for control now, all of them (hp_session), first come first; for the host. A
    // change of control ends all wishes without a word.
    void (*on_wishes)(void *arg, struct hp_session *host, const GPtrArray *askers);
    // What became of a session's wish; for that session.
    void (*on_wish)(void *arg, struct hp_session *asker, enum hp_wish wish);
    // The host has been silent for 5 s, or is heard again; `to`: only for this session, NULL: all.
    void (*on_away)(void *arg, struct hp_session *to, struct hp_session *host, bool is_away);
    // The keys and buttons of the old host are released; the input of the new host arrives from now
    // on.
    void (*on_handed_over)(void *arg, struct hp_session *host);
};

// `rules` is kept. Owner: hp_room. Never NULL.
struct hp_control *hp_control_create(struct hp_worker *home, const struct hp_rules *rules,
        const struct hp_control_cbs *cbs, void *arg);
void hp_control_destroy(struct hp_control *control); // all sessions are gone

// The number that a seat's binding is compared with; read by workers.
const atomic_uint *hp_control_epoch(const struct hp_control *control);
struct hp_session *hp_control_host(const struct hp_control *control); // NULL: nobody

// May the session read and replace the desktop's clipboard now: has it control, and the right?
bool hp_control_opens_clipboard(
        const struct hp_control *control, const struct hp_session *session);

// The session asks for control. It is taken at once when nobody has it, when the host is away, and
// with the rule implicit_hosting. A wish ends by itself after 30 s.
enum hp_control_answer hp_control_request(struct hp_control *control, struct hp_session *session);
// These return false when the session may not, for instance without a right or under a lock.
bool hp_control_release(struct hp_control *control, struct hp_session *session);
// Not to somebody who is away.
bool hp_control_give(struct hp_control *control, struct hp_session *by, struct hp_session *to);
bool hp_control_take(struct hp_control *control, struct hp_session *by); // admins
bool hp_control_reset(struct hp_control *control, struct hp_session *by); // admins
// The session does not wish for control any more; the host does not give it. False: there is no
// such wish, or `by` is not the host.
bool hp_control_withdraw(struct hp_control *control, struct hp_session *session);
bool hp_control_decline(
        struct hp_control *control, const struct hp_session *by, struct hp_session *asker);

// Tells a session that has connected or asked what is going on: whether the host is away, who asks
// it, that it asks.
void hp_control_greet(struct hp_control *control, struct hp_session *session);

// The session has left, loses control and wishes for it no more. Call this before the seat of the
// session is closed.
void hp_control_drop(struct hp_control *control, struct hp_session *session);
// Rules or a profile changed: takes control away from a host that may not have control any more.
void hp_control_check(struct hp_control *control, struct hp_session *by);

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

struct hp_control;
struct hp_session;
struct hp_rules;

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
    // The keys and buttons of the old host are released; the input of the new host arrives from now
    // on.
    void (*on_handed_over)(void *arg, struct hp_session *host);
};

// `rules` is kept. Owner: hp_room. Never NULL.
struct hp_control *hp_control_create(
        const struct hp_rules *rules, const struct hp_control_cbs *cbs, void *arg);
void hp_control_destroy(struct hp_control *control); // all sessions are gone

// The number that a seat's binding is compared with; read by workers.
const atomic_uint *hp_control_epoch(const struct hp_control *control);
struct hp_session *hp_control_host(const struct hp_control *control); // NULL: nobody

// May the session read and replace the desktop's clipboard now: has it control, and the right?
bool hp_control_opens_clipboard(
        const struct hp_control *control, const struct hp_session *session);

// The session asks for control; with the rule implicit_hosting a free desktop is taken at once.
enum hp_control_answer hp_control_request(struct hp_control *control, struct hp_session *session);
// These return false when the session may not, for instance without a right or under a lock.
bool hp_control_release(struct hp_control *control, struct hp_session *session);
bool hp_control_give(struct hp_control *control, struct hp_session *by, struct hp_session *to);
bool hp_control_take(struct hp_control *control, struct hp_session *by); // admins
bool hp_control_reset(struct hp_control *control, struct hp_session *by); // admins

// The session has left and loses control. Call this before the seat of the session is closed.
void hp_control_drop(struct hp_control *control, struct hp_session *session);
// Rules or a profile changed: takes control away from a host that may not have control any more.
void hp_control_check(struct hp_control *control, struct hp_session *by);

// sessions.h - the table of all sessions: bounded, found by id and by token. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct hp_profile;
struct hp_session;
struct hp_sessions;
struct hp_worker;

struct hp_sessions_params {
    // copied; a new session lives on the worker with the fewest sessions
    struct hp_worker *const *workers;
    unsigned worker_count;
    unsigned max_sessions;
    int64_t expiry_us; // a session without a connection ends after this time
};

// Owner: hp_room. Never NULL.
struct hp_sessions *hp_sessions_create(const struct hp_sessions_params *params);
void hp_sessions_destroy(struct hp_sessions *sessions); // when no session is left

// Adds a session with that profile, whose id begins with `username`. NULL: the table is full; a few
// places are for admins only.
struct hp_session *hp_sessions_add(struct hp_sessions *sessions, const char *username,
        const struct hp_profile *profile); // profile: copied
// Two people in the room with one name could not be told apart: a name that looks like that of
// another session gets the first free number, as in "Ann (2)". Changes the name of `profile`.
void hp_sessions_distinguish(const struct hp_sessions *sessions, struct hp_profile *profile);
// The session cannot be found any more, but counts as one of its worker until it is freed.
void hp_sessions_hide(struct hp_sessions *sessions, struct hp_session *session);
void hp_sessions_free(struct hp_sessions *sessions, struct hp_session *session);

struct hp_session *hp_sessions_find(const struct hp_sessions *sessions, const char *id);
struct hp_session *hp_sessions_find_token(const struct hp_sessions *sessions, const char *token);
const GPtrArray *hp_sessions_all(const struct hp_sessions *sessions); // oldest first, not hidden
unsigned hp_sessions_count(const struct hp_sessions *sessions); // including hidden ones

// Finds the session whose place is given to somebody who finds the room full: the oldest one that
// has left or never connected; NULL: none.
struct hp_session *hp_sessions_find_idle(const struct hp_sessions *sessions, bool is_for_admin);

// Finds the session that somebody left behind who logs in anew, say after the tab was closed: it is
// without a connection, under that username and of that rank. Who shows its token is its owner.
// Without it the address says little, since many may share one: then the session has to be away,
// and the only one under that username from there. NULL: none. `token`, `address`: NULL: unknown.
struct hp_session *hp_sessions_find_ghost(const struct hp_sessions *sessions, const char *username,
        bool is_admin, const char *token, const char *address);

// Finds a session that has had no connection for `min_age_us`; NULL: none.
struct hp_session *hp_sessions_find_stale(const struct hp_sessions *sessions, int64_t min_age_us);
int64_t hp_sessions_expiry_us(const struct hp_sessions *sessions);

// sessions.h - the table of all sessions: bounded, found by id and by token. Main thread.
#pragma once

#include <stdint.h>

#include <glib.h>

struct hp_profile;
struct hp_session;
struct hp_sessions;
struct hp_worker;

struct hp_sessions_params {
    struct hp_worker *const *workers; // copied; a session lives on the least loaded
    unsigned worker_count;
    unsigned max_sessions;
    int64_t expiry_us; // a session without a connection ends after this time
};

struct hp_sessions *hp_sessions_create(const struct hp_sessions_params *params);
void hp_sessions_destroy(struct hp_sessions *sessions); // empty

// NULL: the table is full. The session's name is the profile's, the id begins with `username`.
struct hp_session *hp_sessions_add(struct hp_sessions *sessions, const char *username,
        const struct hp_profile *profile); // profile: copied
// The session cannot be found any more; it counts on its worker until it is freed.
void hp_sessions_hide(struct hp_sessions *sessions, struct hp_session *session);
void hp_sessions_free(struct hp_sessions *sessions, struct hp_session *session);

struct hp_session *hp_sessions_find(const struct hp_sessions *sessions, const char *id);
struct hp_session *hp_sessions_find_token(const struct hp_sessions *sessions, const char *token);
const GPtrArray *hp_sessions_all(const struct hp_sessions *sessions); // oldest first, not hidden
unsigned hp_sessions_count(const struct hp_sessions *sessions); // hidden ones too

// One that has had no connection for a while, so that its place may be given away; NULL: none.
struct hp_session *hp_sessions_find_stale(const struct hp_sessions *sessions, int64_t min_age_us);
int64_t hp_sessions_expiry_us(const struct hp_sessions *sessions);

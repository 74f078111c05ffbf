// sessions.c - the table of all sessions: bounded, found by id and by token.
// Owner: hp_room.  Thread: main.
#include "room/sessions.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/ident.h"
#include "room/session.h"

enum {
    ADMIN_SEATS = 5, // for admins only, beyond the limit of sessions
    // A session that has had no connection for this long since its log-in makes room for others.
    UNUSED_US = 10 * 1000000,
    SUFFIX_LENGTH = 5,
    CHANGES_PER_S = 5, // of control: everyone is told of each change
    CHANGE_BURST = 20,
    LETTER_BYTES_PER_S = 64 * 1024, // a letter goes into the queues of all who hear it
    LETTER_BURST = 256 * 1024,
    CONNECTS_PER_S = 1, // a client that loses its connection comes back less often
    CONNECT_BURST = 10,
    REQUESTS_PER_S = 20,
    REQUEST_BURST = 60,
    COPIED_BYTES_PER_S = 1024 * 1024,
    COPIED_BURST = 8 * 1024 * 1024, // more than the largest text as JSON
    LINES_PER_S = 1, // of the log
    LINE_BURST = 20,
};

struct hp_sessions {
    struct hp_worker **workers;
    unsigned *loads; // number of sessions of each worker
    unsigned worker_count;
    unsigned max_sessions;
    unsigned count; // of all sessions, including hidden ones
    int64_t expiry_us;
    GPtrArray *all;
    GHashTable *by_id, *by_token; // keys and values belong to the sessions
};

struct hp_sessions *
hp_sessions_create(const struct hp_sessions_params *params)
{
    assert(params->worker_count > 0);
    struct hp_sessions *sessions = g_new0(struct hp_sessions, 1);
    sessions->worker_count = params->worker_count;
    sessions->workers = g_new(struct hp_worker *, params->worker_count);
    for (unsigned i = 0; i < params->worker_count; i++) {
        sessions->workers[i] = params->workers[i];
    }
    sessions->loads = g_new0(unsigned, params->worker_count);
    sessions->max_sessions = params->max_sessions;
    sessions->expiry_us = params->expiry_us;
    sessions->all = g_ptr_array_new();
    sessions->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    sessions->by_token = g_hash_table_new(g_str_hash, g_str_equal);
    return sessions;
}

void
hp_sessions_destroy(struct hp_sessions *sessions)
{
    if (sessions == NULL) {
        return;
    }
    assert(sessions->count == 0);
    g_hash_table_destroy(sessions->by_id);
    g_hash_table_destroy(sessions->by_token);
    g_ptr_array_free(sessions->all, TRUE);
    g_free(sessions->loads);
    g_free(sessions->workers);
    g_free(sessions);
}

static unsigned
choose_worker(const struct hp_sessions *sessions)
{
    unsigned best = 0;
    for (unsigned i = 1; i < sessions->worker_count; i++) {
        if (sessions->loads[i] < sessions->loads[best]) {
            best = i;
        }
    }
    return best;
}

static char *
make_id(const struct hp_sessions *sessions, const char *username)
{
    for (;;) {
        char suffix[SUFFIX_LENGTH + 1];
        hp_ident_token(suffix, SUFFIX_LENGTH);
        char *id = g_strdup_printf("%s-%s", username, suffix);
        if (!g_hash_table_contains(sessions->by_id, id)) {
            return id;
        }
        g_free(id);
    }
}

// Admins sit on the seats that are kept for them before they take those of all.
static unsigned
count_kept_seats(const struct hp_sessions *sessions, bool is_for_admin)
{
    unsigned admins = 0;
    for (unsigned i = 0; !is_for_admin && i < sessions->all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(sessions->all, i);
        admins += session->profile.is_admin;
    }
    return is_for_admin ? ADMIN_SEATS : MIN(admins, ADMIN_SEATS);
}

// Sessions take a moment to end; the number of those is bounded as well.
static bool
is_full(const struct hp_sessions *sessions, bool is_for_admin)
{
    unsigned kept = count_kept_seats(sessions, is_for_admin);
    return sessions->all->len >= sessions->max_sessions + kept
            || sessions->count >= 2 * sessions->max_sessions + kept;
}

struct hp_session *
hp_sessions_add(
        struct hp_sessions *sessions, const char *username, const struct hp_profile *profile)
{
    if (is_full(sessions, profile->is_admin)) {
        return NULL;
    }
    unsigned index = choose_worker(sessions);
    struct hp_session *session = g_new0(struct hp_session, 1);
    session->id = make_id(sessions, username);
    hp_ident_token(session->token, HP_TOKEN_LENGTH);
    hp_profile_copy(&session->profile, profile);
    session->worker = sessions->workers[index];
    session->idle_since_us = hp_clock_now_us();
    hp_bucket_init(&session->changes, CHANGES_PER_S, CHANGE_BURST);
    hp_bucket_init(&session->letters, LETTER_BYTES_PER_S, LETTER_BURST);
    hp_bucket_init(&session->connects, CONNECTS_PER_S, CONNECT_BURST);
    hp_bucket_init(&session->requests, REQUESTS_PER_S, REQUEST_BURST);
    hp_bucket_init(&session->copied, COPIED_BYTES_PER_S, COPIED_BURST);
    hp_bucket_init(&session->lines, LINES_PER_S, LINE_BURST);
    sessions->loads[index]++;
    sessions->count++;
    g_ptr_array_add(sessions->all, session);
    g_hash_table_insert(sessions->by_id, session->id, session);
    g_hash_table_insert(sessions->by_token, session->token, session);
    return session;
}

// Is the person of the session in the room, or about to come in?
static bool
is_person_here(const struct hp_session *session)
{
    return session->is_connected || hp_clock_now_us() - session->idle_since_us < UNUSED_US;
}

static GHashTable *
collect_looks(const struct hp_sessions *sessions)
{
    GHashTable *looks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < sessions->all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(sessions->all, i);
        if (is_person_here(session)) {
            g_hash_table_add(looks, hp_profile_name_look(session->profile.name));
        }
    }
    return looks;
}

static bool
is_taken(GHashTable *looks, const char *name)
{
    char *look = hp_profile_name_look(name);
    bool is_taken = g_hash_table_contains(looks, look);
    g_free(look);
    return is_taken;
}

// "Ann (2)"; a name that is too long for that is cut.
static char *
number_name(const char *name, unsigned number)
{
    char *suffix = g_strdup_printf(" (%u)", number);
    glong room = HP_NAME_MAX - (glong) strlen(suffix);
    char *start = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), room));
    char *numbered = g_strconcat(start, suffix, NULL);
    g_free(start);
    g_free(suffix);
    return numbered;
}

void
hp_sessions_distinguish(const struct hp_sessions *sessions, struct hp_profile *profile)
{
    GHashTable *looks = collect_looks(sessions);
    char *name = g_strdup(profile->name);
    for (unsigned number = 2; is_taken(looks, name); number++) {
        g_free(name);
        name = number_name(profile->name, number);
    }
    g_free(profile->name);
    profile->name = name;
    g_hash_table_destroy(looks);
}

void
hp_sessions_hide(struct hp_sessions *sessions, struct hp_session *session)
{
    g_ptr_array_remove(sessions->all, session);
    g_hash_table_remove(sessions->by_id, session->id);
    g_hash_table_remove(sessions->by_token, session->token);
}

void
hp_sessions_free(struct hp_sessions *sessions, struct hp_session *session)
{
    for (unsigned i = 0; i < sessions->worker_count; i++) {
        if (sessions->workers[i] == session->worker) {
            sessions->loads[i]--;
            break;
        }
    }
    sessions->count--;
    hp_profile_finish(&session->profile);
    g_slist_free_full(session->old_names, g_free);
    g_free(session->id);
    g_free(session->address);
    g_free(session->host);
    g_free(session);
}

struct hp_session *
hp_sessions_find(const struct hp_sessions *sessions, const char *id)
{
    return g_hash_table_lookup(sessions->by_id, id);
}

struct hp_session *
hp_sessions_find_token(const struct hp_sessions *sessions, const char *token)
{
    return g_hash_table_lookup(sessions->by_token, token);
}

const GPtrArray *
hp_sessions_all(const struct hp_sessions *sessions)
{
    return sessions->all;
}

unsigned
hp_sessions_count(const struct hp_sessions *sessions)
{
    return sessions->count;
}

struct hp_session *
hp_sessions_find_stale(const struct hp_sessions *sessions, int64_t min_age_us)
{
    struct hp_session *oldest = NULL;
    for (unsigned i = 0; i < sessions->all->len; i++) {
        struct hp_session *session = g_ptr_array_index(sessions->all, i);
        if (!session->is_connected
                && (oldest == NULL || session->idle_since_us < oldest->idle_since_us)) {
            oldest = session;
        }
    }
    if (oldest == NULL || hp_clock_now_us() - oldest->idle_since_us < min_age_us) {
        return NULL;
    }
    return oldest;
}

// Who lost the network or closed the page keeps the place: the page may be loaded anew. An admin
// need not wait for a log-in.
static bool
gives_way(const struct hp_session *session, bool is_for_admin)
{
    if (session->is_connected) {
        return false;
    }
    bool has_left = session->not_connected_us != 0;
    return has_left || !is_person_here(session) || (is_for_admin && !session->profile.is_admin);
}

struct hp_session *
hp_sessions_find_idle(const struct hp_sessions *sessions, bool is_for_admin)
{
    struct hp_session *best = NULL;
    for (unsigned i = 0; i < sessions->all->len; i++) {
        struct hp_session *session = g_ptr_array_index(sessions->all, i);
        if (gives_way(session, is_for_admin)
                && (best == NULL || session->idle_since_us < best->idle_since_us)) {
            best = session;
        }
    }
    return best;
}

static bool
has_username(const struct hp_session *session, const char *username)
{
    size_t length = strlen(username);
    return strlen(session->id) == length + 1 + SUFFIX_LENGTH
            && memcmp(session->id, username, length) == 0;
}

// The only one under that username from that address, if it is away; NULL: none.
static struct hp_session *
find_away(const struct hp_sessions *sessions, const char *username, const char *address)
{
    struct hp_session *found = NULL;
    for (unsigned i = 0; address != NULL && i < sessions->all->len; i++) {
        struct hp_session *session = g_ptr_array_index(sessions->all, i);
        if (!has_username(session, username) || g_strcmp0(session->address, address) != 0) {
            continue;
        }
        if (found != NULL) {
            return NULL; // several people behind one address
        }
        found = session;
    }
    return found != NULL && hp_session_is_away(found) ? found : NULL;
}

struct hp_session *
hp_sessions_find_ghost(const struct hp_sessions *sessions, const char *username, bool is_admin,
        const char *token, const char *address)
{
    struct hp_session *ghost = token != NULL ? hp_sessions_find_token(sessions, token) : NULL;
    if (ghost == NULL || !has_username(ghost, username)) {
        ghost = find_away(sessions, username, address);
    }
    bool is_left = ghost != NULL && ghost->link == 0 && ghost->profile.is_admin == is_admin;
    return is_left ? ghost : NULL;
}

int64_t
hp_sessions_expiry_us(const struct hp_sessions *sessions)
{
    return sessions->expiry_us;
}

// lobby.c - how people come and go.
// Owner: hp_room.  Thread: main.
//
//   login -> [not connected] -- connect --> [connected] -- lost --> [grace: connected, no link]
//                  ^   ^--------- clean close ---'  ^------ connect ------'        |
//                  '------------------------- after the grace --------------------'
#include "room/lobby.h"

#include <glib.h>

#define LOG_TAG "lobby"
#include "base/bucket.h"
#include "base/clock.h"
#include "base/log.h"
#include "plugin/plugins.h"
#include "plugin/seat.h"
#include "room/control.h"
#include "member/members.h"
#include "room/notice.h"
#include "room/notices.h"
#include "member/rules.h"
#include "room/session.h"
#include "room/sessions.h"
#include "room/stage.h"

enum {
    REFUSALS_PER_S = 1, // people who find the room full, as the log tells them
    REFUSAL_BURST = 10,
};

struct hp_lobby {
    struct hp_lobby_params params;
    const struct hp_lobby_cbs *cbs;
    void *cbs_arg;
    bool is_closing;
    struct hp_bucket refusals;
    unsigned refused; // people who found the room full
};

static void
tell_about(const struct hp_lobby *lobby, enum hp_notice_kind kind, const struct hp_session *session)
{
    hp_notices_tell(lobby->params.notices, &(struct hp_notice){ .kind = kind, .about = session });
}

static void
say_farewell(const struct hp_lobby *lobby, const struct hp_session *session, uint64_t link,
        enum hp_farewell reason)
{
    hp_notices_tell(lobby->params.notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_FAREWELL,
                    .to = session,
                    .farewell = { .link = link, .reason = reason },
            });
}

// The last step of a session's end.
static void
on_seat_closed(void *arg, struct hp_session *session)
{
    struct hp_lobby *lobby = arg;
    session->seat = NULL;
    hp_plugins_close_session(lobby->params.plugins, session);
    hp_stage_destroy(session->stage);
    hp_sessions_free(lobby->params.sessions, session);
    if (lobby->is_closing && hp_sessions_count(lobby->params.sessions) == 0) {
        lobby->cbs->on_empty(lobby->cbs_arg);
    }
}

// The first admin came or the last one left: some rules depend on that.
static void
note_admin(struct hp_session *admin, bool is_here)
{
    const struct hp_lobby *lobby = admin->lobby;
    const GPtrArray *all = hp_sessions_all(lobby->params.sessions);
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        if (session != admin && session->is_connected && session->profile.is_admin) {
            return;
        }
    }
    lobby->cbs->on_admins(lobby->cbs_arg, admin, is_here);
}

// A browser can come and go many times a second.
static void
note_way(struct hp_session *session, const char *text)
{
    if (hp_bucket_take(&session->lines, 1)) {
        log_info("%s %s", session->id, text);
    }
}

// The session is not connected any more: it loses control and its peer.
static void
leave(struct hp_session *session)
{
    const struct hp_lobby *lobby = session->lobby;
    hp_timer_stop(&session->grace);
    if (!session->is_connected) {
        return;
    }
    hp_session_set_connected(session, false);
    hp_control_drop(lobby->params.control, session);
    hp_stage_end(session->stage, false);
    tell_about(lobby, HP_NOTICE_PRESENCE, session);
    if (session->profile.is_admin) {
        note_admin(session, false);
    }
    note_way(session, "left");
}

static void
on_grace(void *arg)
{
    leave(arg);
}

static void
cut_link(struct hp_session *session, enum hp_farewell reason)
{
    uint64_t link = session->link;
    if (link != 0) {
        session->link = 0;
        say_farewell(session->lobby, session, link, reason);
    }
}

static struct hp_session *
add_session(
        const struct hp_lobby *lobby, const char *username, const struct hp_profile *profile)
{
    struct hp_session *session = hp_sessions_add(lobby->params.sessions, username, profile);
    if (session == NULL) {
        struct hp_session *idle =
                hp_sessions_find_idle(lobby->params.sessions, profile->is_admin);
        if (idle == NULL) {
            return NULL;
        }
        hp_lobby_end(idle);
        session = hp_sessions_add(lobby->params.sessions, username, profile);
    }
    return session;
}

// Nobody is to meet oneself in the room.
static void
end_ghost(const struct hp_lobby *lobby, const struct hp_lobby_login *login, bool is_admin)
{
    struct hp_session *ghost = hp_sessions_find_ghost(
            lobby->params.sessions, login->username, is_admin, login->token, login->address);
    if (ghost != NULL) {
        log_info("%s logs in anew", ghost->id);
        hp_lobby_end(ghost);
    }
}

// HP_LOGIN_OK: `profile` has been initialised.
static enum hp_login_answer
find_profile(const struct hp_lobby *lobby, const struct hp_lobby_login *login,
        struct hp_profile *profile)
{
    if (!hp_profile_is_name(login->username)) {
        return HP_LOGIN_BAD_NAME;
    }
    if (lobby->is_closing) {
        return HP_LOGIN_CLOSING;
    }
    if (!hp_members_are_known(lobby->params.members)) {
        return HP_LOGIN_NOBODY;
    }
    if (!hp_members_login(lobby->params.members, login->username, login->password, profile)) {
        return HP_LOGIN_WRONG;
    }
    bool is_locked = lobby->params.rules->locked_logins;
    if ((is_locked || login->admins_only) && !profile->is_admin) {
        hp_profile_finish(profile);
        return is_locked ? HP_LOGIN_LOCKED : HP_LOGIN_CROWDED;
    }
    end_ghost(lobby, login, profile->is_admin);
    hp_sessions_distinguish(lobby->params.sessions, profile);
    return HP_LOGIN_OK;
}

static void
note_full(struct hp_lobby *lobby, const char *username)
{
    lobby->refused++;
    if (hp_bucket_take(&lobby->refusals, 1)) {
        log_warn("%s is refused, the room is full (%u times so far): raise session.max, or wait "
                 "until a session ends",
                username, lobby->refused);
    }
}

static void
furnish(struct hp_lobby *lobby, struct hp_session *session)
{
    session->lobby = lobby;
    session->seat = hp_seat_create(&(struct hp_seat_params){
            .session = session,
            .worker = session->worker,
            .home = lobby->params.home,
            .plugins = lobby->params.plugins,
            .epoch = hp_control_epoch(lobby->params.control),
            .open_channels = session->open_channels,
            .on_closed = on_seat_closed,
            .arg = lobby,
    });
    session->stage = hp_stage_create(lobby->params.stage, session);
    hp_timer_init(&session->grace, lobby->params.home, on_grace, session);
    hp_plugins_open_session(lobby->params.plugins, session);
}

enum hp_login_answer
hp_lobby_login(struct hp_lobby *lobby, const struct hp_lobby_login *login,
        struct hp_session **session)
{
    struct hp_profile profile;
    enum hp_login_answer answer = find_profile(lobby, login, &profile);
    if (answer != HP_LOGIN_OK) {
        return answer;
    }
    struct hp_session *added = add_session(lobby, login->username, &profile);
    hp_profile_finish(&profile);
    if (added == NULL) {
        note_full(lobby, login->username);
        return HP_LOGIN_FULL;
    }
    furnish(lobby, added);
    log_info("%s logged in%s", added->id, added->profile.is_admin ? " as admin" : "");
    tell_about(lobby, HP_NOTICE_CREATED, added);
    *session = added;
    return HP_LOGIN_OK;
}

static void
on_stage_closed(void *arg, struct hp_session *session)
{
    (void) arg;
    hp_seat_close(session->seat);
}

void
hp_lobby_end(struct hp_session *session)
{
    struct hp_lobby *lobby = session->lobby;
    if (session->is_ending) {
        return;
    }
    cut_link(session, HP_FAREWELL_DELETED);
    leave(session);
    session->is_ending = true;
    hp_sessions_hide(lobby->params.sessions, session);
    tell_about(lobby, HP_NOTICE_DELETED, session);
    log_info("%s ended", session->id);
    hp_stage_close(session->stage, on_stage_closed, NULL);
}

void
hp_lobby_close(struct hp_lobby *lobby)
{
    const GPtrArray *all = hp_sessions_all(lobby->params.sessions);
    lobby->is_closing = true;
    if (hp_sessions_count(lobby->params.sessions) == 0) {
        lobby->cbs->on_empty(lobby->cbs_arg);
        return;
    }
    for (unsigned i = 0; i < all->len; i++) {
        cut_link(g_ptr_array_index(all, i), HP_FAREWELL_CLOSING);
    }
    while (all->len > 0) {
        hp_lobby_end(g_ptr_array_index(all, all->len - 1));
    }
}

static enum hp_connect_answer
check_connect(const struct hp_lobby *lobby, const char *token, struct hp_session *session)
{
    if (lobby->is_closing) {
        return HP_CONNECT_CLOSING; // all sessions have been ended; the client may come back
    }
    if (token == NULL || token[0] == '\0') {
        return HP_CONNECT_NO_TOKEN;
    }
    if (session == NULL) {
        return HP_CONNECT_UNKNOWN;
    }
    if (!session->profile.can_login) {
        return HP_CONNECT_NO_LOGIN;
    }
    if (!session->profile.can_connect) {
        return HP_CONNECT_NOT_ALLOWED;
    }
    if (session->link != 0 && !lobby->params.rules->merciful_reconnect) {
        return HP_CONNECT_TWICE;
    }
    return hp_bucket_take(&session->connects, 1) ? HP_CONNECT_OK : HP_CONNECT_TOO_OFTEN;
}

// The order of the steps is Neko's.
static void
greet(struct hp_session *session, bool is_new)
{
    const struct hp_lobby *lobby = session->lobby;
    hp_notices_tell(
            lobby->params.notices, &(struct hp_notice){ .kind = HP_NOTICE_WELCOME, .to = session });
    hp_control_greet(lobby->params.control, session);
    if (is_new && session->profile.is_admin) {
        note_admin(session, true);
    }
    if (hp_stage_has_peer(session->stage)) { // the session may have missed notices about the media
        hp_stage_tell_media(session->stage);
    }
    hp_notices_tell(lobby->params.notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_PRESENCE,
                    .about = session,
                    .to = is_new ? NULL : session, // for the others nothing has changed
            });
}

enum hp_connect_answer
hp_lobby_connect(struct hp_lobby *lobby, const char *token,
        const struct hp_lobby_connection *connection, struct hp_session **result)
{
    struct hp_session *session =
            token == NULL ? NULL : hp_sessions_find_token(lobby->params.sessions, token);
    enum hp_connect_answer answer = check_connect(lobby, token, session);
    if (answer != HP_CONNECT_OK) {
        return answer;
    }
    uint64_t old_link = session->link;
    bool is_new = !session->is_connected;
    hp_timer_stop(&session->grace);
    hp_lobby_hear(session);
    session->link = connection->link;
    session->dialect = connection->dialect;
    g_free(session->address);
    session->address = g_strdup(connection->address);
    g_free(session->host);
    session->host = g_strdup(connection->host);
    if (is_new) {
        hp_session_set_connected(session, true);
    }
    note_way(session, is_new ? "is here" : "is back");
    greet(session, is_new);
    if (old_link != 0) {
        say_farewell(lobby, session, old_link, HP_FAREWELL_REPLACED);
    }
    *result = session;
    return HP_CONNECT_OK;
}

void
hp_lobby_hear(struct hp_session *session)
{
    session->heard_us = hp_clock_now_us();
}

int64_t
hp_lobby_grace_us(const struct hp_lobby *lobby)
{
    return lobby->params.grace_us;
}

void
hp_lobby_lose_page(struct hp_session *session, uint64_t link)
{
    if (session->link == link) {
        hp_stage_end(session->stage, false);
        log_info("%s left its page: its media ends", session->id);
    }
}

void
hp_lobby_lose(struct hp_session *session, uint64_t link, bool is_clean)
{
    if (session->link != link) {
        return; // a newer connection has taken the place of this one
    }
    session->link = 0;
    if (is_clean) {
        leave(session);
    } else {
        note_way(session, "lost its connection");
        if (!session->is_watching) { // else the data channel may go on, and its silence counts
            hp_seat_post_release(session->seat);
        }
        int64_t left_us = session->lobby->params.grace_us - hp_clock_silence_us(session->heard_us);
        hp_timer_start_deadline(&session->grace, MAX(left_us, 0));
    }
}

void
hp_lobby_cut_flood(struct hp_session *session)
{
    log_warn("%s floods its connection: the connection is cut", session->id);
    cut_link(session, HP_FAREWELL_FLOOD);
    leave(session);
}

// Plugins may keep a pointer to the old name until the session ends.
static void
replace_profile(struct hp_session *session, const struct hp_profile *profile)
{
    struct hp_profile old = session->profile;
    hp_profile_copy(&session->profile, profile);
    session->old_names = g_slist_prepend(session->old_names, g_steal_pointer(&old.name));
    hp_profile_finish(&old);
}

void
hp_lobby_set_profile(struct hp_session *session, const struct hp_profile *profile)
{
    const struct hp_lobby *lobby = session->lobby;
    replace_profile(session, profile);
    tell_about(lobby, HP_NOTICE_PROFILE, session);
    hp_control_check(lobby->params.control, session);
    if (!profile->can_login || !profile->can_connect) {
        cut_link(session, HP_FAREWELL_PROFILE);
        leave(session);
    } else if (!profile->can_watch) {
        hp_stage_end(session->stage, true);
    } else {
        hp_stage_update_tracks(session->stage);
    }
}

struct hp_lobby *
hp_lobby_create(const struct hp_lobby_params *params, const struct hp_lobby_cbs *cbs, void *arg)
{
    struct hp_lobby *lobby = g_new0(struct hp_lobby, 1);
    lobby->params = *params;
    lobby->cbs = cbs;
    lobby->cbs_arg = arg;
    hp_bucket_init(&lobby->refusals, REFUSALS_PER_S, REFUSAL_BURST);
    return lobby;
}

void
hp_lobby_destroy(struct hp_lobby *lobby)
{
    g_free(lobby);
}

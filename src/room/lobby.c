// lobby.c - how people come and go: log in, connect, lose their WebSocket, come back within the
// grace, log out.
// Owner: hp_room.  Thread: main.
//
//   login -> [not connected] -- connect --> [connected] -- lost --> [grace: connected, no link]
//                  ^   ^--------- clean close ---'  ^------ connect ------'        |
//                  '------------------------- after the grace --------------------'
#include "room/lobby.h"

#include <string.h>

#define LOG_TAG "lobby"
#include "base/log.h"
#include "room/cursor.h"
#include "room/outbox.h"
#include "plugin/plugins.h"
#include "room/room_parts.h"
#include "room/seat.h"
#include "room/sessions.h"
#include "room/stage.h"

enum {
    STALE_US = 30 * 1000000, // a session that was left for this long makes room for another
    CLOSE_NORMAL = 1000,
    CLOSE_GOING_AWAY = 1001,
};

static void
on_input(void *arg, struct hp_session *session, const struct hp_input *input)
{
    const struct hp_room *room = arg;
    hp_plugins_handle_input(room->plugins, session, input);
}

static void
on_data(void *arg, struct hp_session *session, const char *label, const void *data, size_t size)
{
    const struct hp_room *room = arg;
    hp_plugins_handle_data(room->plugins, session, label, data, size);
}

static void
on_channel(void *arg, struct hp_session *session, const char *label, bool is_open)
{
    const struct hp_room *room = arg;
    int index = hp_plugins_find_channel(room->plugins, label);
    if (index >= 0) {
        atomic_fetch_add(&session->open_channels[index], is_open ? 1 : -1);
    }
}

// The last step of a session's end.
static void
on_seat_closed(void *arg, struct hp_session *session)
{
    struct hp_room *room = arg;
    session->seat = NULL;
    hp_plugins_close_session(room->plugins, session);
    hp_stage_destroy(session->stage);
    hp_sessions_free(room->sessions, session);
    if (room->is_closing && hp_sessions_count(room->sessions) == 0) {
        room->on_empty(room);
    }
}

static const struct hp_seat_cbs seat_cbs = {
    .on_input = on_input,
    .on_data = on_data,
    .on_channel = on_channel,
    .on_closed = on_seat_closed,
};

static bool
has_other_admin(const struct hp_session *except)
{
    const GPtrArray *all = hp_sessions_all(except->room->sessions);
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        if (session != except && session->is_connected && session->profile.is_admin) {
            return true;
        }
    }
    return false;
}

// control_protection: controls are locked while no admin is there.
static void
protect_control(struct hp_session *session, bool is_locked)
{
    struct hp_room *room = session->room;
    if (room->rules.control_protection && session->profile.is_admin && !has_other_admin(session)
            && room->rules.locked_controls != is_locked) {
        json_t *partial = json_pack("{s:b}", "locked_controls", is_locked);
        hp_room_update_rules(room, session, partial);
        json_decref(partial);
    }
}

static void
tell_state(struct hp_session *session)
{
    hp_outbox_broadcast(
            session->room, NULL, "session/state", hp_session_state_to_json(session, true));
}

// It is not connected any more: control and peer go.
static void
leave(struct hp_session *session)
{
    hp_timer_stop(&session->grace);
    if (!session->is_connected) {
        return;
    }
    hp_session_set_connected(session, false);
    hp_control_drop(session->room->control, session);
    hp_stage_end(session->stage, false);
    tell_state(session);
    protect_control(session, true);
    log_info("%s left", session->id);
}

static void
on_grace(void *arg)
{
    leave(arg);
}

static void
cut_link(struct hp_session *session, const char *reason, int code)
{
    const struct hp_room *room = session->room;
    if (session->link == 0) {
        return;
    }
    hp_outbox_send(session, "system/disconnect", json_pack("{s:s}", "message", reason));
    uint64_t link = session->link;
    session->link = 0;
    if (room->cbs != NULL) {
        room->cbs->close_link(room->cbs_arg, link, code, reason);
    }
}

static struct hp_session *
add_session(struct hp_room *room, const char *username, const struct hp_profile *profile)
{
    struct hp_session *session = hp_sessions_add(room->sessions, username, profile);
    if (session == NULL) {
        struct hp_session *stale = hp_sessions_find_stale(room->sessions, STALE_US);
        if (stale == NULL) {
            return NULL;
        }
        hp_lobby_end(stale, NULL);
        session = hp_sessions_add(room->sessions, username, profile);
    }
    return session;
}

static void
on_data_open(struct hp_session *session)
{
    hp_cursor_greet(session->room->cursor, session);
}

enum hp_login_answer
hp_lobby_login(struct hp_room *room, const char *username, const char *password,
        struct hp_session **result)
{
    struct hp_profile profile;
    if (!hp_profile_is_name(username)) {
        return HP_LOGIN_BAD_NAME;
    }
    if (room->is_closing) {
        return HP_LOGIN_CLOSING;
    }
    if (!hp_members_are_known(room->members)) {
        return HP_LOGIN_NOBODY;
    }
    if (!hp_members_login(room->members, username, password, &profile)) {
        return HP_LOGIN_WRONG;
    }
    if (room->rules.locked_logins && !profile.is_admin) {
        hp_profile_finish(&profile);
        return HP_LOGIN_LOCKED;
    }
    struct hp_session *session = add_session(room, username, &profile);
    hp_profile_finish(&profile);
    if (session == NULL) {
        log_warn("no room for %s: all places are taken", username);
        return HP_LOGIN_FULL;
    }
    session->room = room;
    session->seat = hp_seat_create(
            &(struct hp_seat_params){
                    .session = session,
                    .worker = session->worker,
                    .home = room->home,
                    .epoch = hp_control_epoch(room->control),
            },
            &seat_cbs, room);
    session->stage = hp_stage_create(session, on_data_open);
    hp_timer_init(&session->grace, room->home, on_grace, session);
    hp_plugins_open_session(room->plugins, session);
    log_info("%s logged in%s", session->id, session->profile.is_admin ? " as admin" : "");
    hp_outbox_broadcast(room, session, "session/created", hp_session_to_json(session));
    *result = session;
    return HP_LOGIN_OK;
}

static void
on_stage_closed(struct hp_session *session)
{
    hp_seat_close(session->seat);
}

void
hp_lobby_end(struct hp_session *session, const char *reason)
{
    struct hp_room *room = session->room;
    if (session->is_ending) {
        return;
    }
    cut_link(session, reason != NULL ? reason : "session deleted", CLOSE_NORMAL);
    leave(session);
    session->is_ending = true;
    hp_sessions_hide(room->sessions, session);
    hp_outbox_broadcast(room, NULL, "session/deleted", json_pack("{s:s}", "id", session->id));
    log_info("%s ended", session->id);
    hp_stage_close(session->stage, on_stage_closed);
}

void
hp_lobby_end_all(struct hp_room *room, const char *reason)
{
    const GPtrArray *all = hp_sessions_all(room->sessions);
    for (unsigned i = 0; i < all->len; i++) {
        cut_link(g_ptr_array_index(all, i), reason, CLOSE_GOING_AWAY);
    }
    while (all->len > 0) {
        hp_lobby_end(g_ptr_array_index(all, all->len - 1), reason);
    }
}

static const char *
find_refusal(const struct hp_room *room, const char *token, const struct hp_session *session)
{
    if (room->is_closing) {
        return "connection shutdown"; // its sessions are gone already; it may come back
    }
    if (token == NULL || token[0] == '\0') {
        return "no authentication provided";
    }
    if (session == NULL) {
        return "session not found";
    }
    if (!session->profile.can_login) {
        return "session login disabled";
    }
    if (!session->profile.can_connect) {
        return "connection disabled";
    }
    if (session->link != 0 && !room->rules.merciful_reconnect) {
        return "already connected";
    }
    return NULL;
}

static bool
is_admin(const struct hp_session *session)
{
    return session->profile.is_admin;
}

// The order is Neko's.
static void
greet(struct hp_session *session, bool is_new)
{
    struct hp_room *room = session->room;
    hp_outbox_send(session, "system/init", hp_room_init_to_json(room, session));
    if (is_admin(session)) {
        hp_outbox_send(session, "system/admin", hp_room_admin_to_json(room));
        if (is_new) {
            protect_control(session, false);
        }
    }
    if (hp_stage_has_peer(session->stage)) { // it may have missed what happened to the media
        hp_stage_tell_media(session->stage);
    }
    tell_state(session);
}

struct hp_session *
hp_lobby_connect(struct hp_room *room, const char *token, uint64_t link, const char **refusal)
{
    struct hp_session *session =
            token == NULL ? NULL : hp_sessions_find_token(room->sessions, token);
    *refusal = find_refusal(room, token, session);
    if (*refusal != NULL) {
        return NULL;
    }
    uint64_t old_link = session->link;
    bool is_new = !session->is_connected;
    hp_timer_stop(&session->grace);
    session->link = link;
    if (is_new) {
        hp_session_set_connected(session, true);
    }
    log_info("%s %s", session->id, is_new ? "is here" : "is back");
    greet(session, is_new);
    if (old_link != 0 && room->cbs != NULL) {
        json_t *payload = json_pack("{s:s}", "message", "connection replaced");
        room->cbs->send(room->cbs_arg, &old_link, 1, "system/disconnect", payload);
        json_decref(payload);
        room->cbs->close_link(room->cbs_arg, old_link, CLOSE_NORMAL, "connection replaced");
    }
    return session;
}

void
hp_lobby_lose(struct hp_session *session, uint64_t link, bool is_clean)
{
    if (session->link != link) {
        return; // it was replaced
    }
    session->link = 0;
    if (is_clean) {
        leave(session);
    } else {
        log_info("%s lost its WebSocket", session->id);
        hp_seat_post_release(session->seat);
        hp_timer_start(&session->grace, session->room->grace_us);
    }
}

void
hp_lobby_disconnect(struct hp_session *session, const char *reason)
{
    cut_link(session, reason, CLOSE_NORMAL);
    leave(session);
}

void
hp_lobby_set_profile(struct hp_session *session, const struct hp_profile *profile)
{
    struct hp_room *room = session->room;
    struct hp_profile old = session->profile;
    hp_profile_copy(&session->profile, profile);
    session->old_names = g_slist_prepend(session->old_names, old.name); // taken
    old.name = NULL;
    hp_profile_finish(&old);
    json_t *payload = json_pack("{s:s}", "id", session->id);
    hp_profile_write(profile, payload);
    hp_outbox_broadcast(room, NULL, "session/profile", payload);
    hp_control_check(room->control, session);
    if (!profile->can_login || !profile->can_connect) {
        hp_lobby_disconnect(session, "profile changed");
    } else if (!profile->can_watch) {
        hp_stage_end(session->stage, true);
    } else {
        hp_stage_update_tracks(session->stage);
    }
}

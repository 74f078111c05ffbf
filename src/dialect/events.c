// events.c - the table of signaling: the events that a browser may send, and their effects.
// Owner: nobody.  Thread: main.
#include "dialect/events.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "browser"
#include "base/log.h"
#include "dialect/keystrokes.h"
#include "room/control.h"
#include "plugin/plugins.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/room.h"
#include "room/session.h"
#include "room/sessions.h"

enum {
    MAX_LOGGED = 10, // lines of one system/logs
    MAX_LINE = 200, // characters of such a line
    MAX_LETTER_BYTES = 16 * 1024, // of the body of send/unicast and send/broadcast
    MAX_PLUGIN_BYTES = 64 * 1024, // of a plugin's payload
};

static enum hp_event_result
done_if(bool is_done)
{
    return is_done ? HP_EVENT_DONE : HP_EVENT_NOT_ALLOWED;
}

static enum hp_event_result
handle_heartbeat(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    (void) session;
    (void) args;
    return HP_EVENT_DONE;
}

static enum hp_event_result
handle_logs(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    for (size_t i = 0; i < json_array_size(args->logs) && i < MAX_LOGGED; i++) {
        const json_t *line = json_array_get(args->logs, i);
        const char *level = json_string_value(json_object_get(line, "level"));
        const char *message = json_string_value(json_object_get(line, "message"));
        if (message != NULL) {
            log_debug(
                    "%s: %.16s: %.*s", session->id, level != NULL ? level : "?", MAX_LINE, message);
        }
    }
    return HP_EVENT_DONE;
}

static enum hp_event_result
handle_signal_request(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    bool is_done = hp_stage_request(session->stage, &args->selection);
    return is_done ? HP_EVENT_DONE : HP_EVENT_NO_VIDEO;
}

static enum hp_event_result
handle_signal_restart(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    (void) args;
    return hp_stage_restart(session->stage) ? HP_EVENT_DONE : HP_EVENT_NO_PEER;
}

static enum hp_event_result
set_remote(struct hp_session *session, const char *type, const char *sdp)
{
    if (!hp_stage_has_peer(session->stage)) {
        return HP_EVENT_NO_PEER;
    }
    bool is_done = hp_stage_set_remote(session->stage, type, sdp);
    return is_done ? HP_EVENT_DONE : HP_EVENT_TOO_MANY;
}

static enum hp_event_result
handle_signal_offer(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    return set_remote(session, "offer", args->sdp);
}

static enum hp_event_result
handle_signal_answer(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    return set_remote(session, "answer", args->sdp);
}

// A late candidate for a peer that has ended is no error.
static enum hp_event_result
handle_signal_candidate(
        struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    bool is_done = hp_stage_add_candidate(
            session->stage, args->candidate, args->mid, args->mline_index);
    return is_done || !hp_stage_has_peer(session->stage) ? HP_EVENT_DONE : HP_EVENT_TOO_MANY;
}

static enum hp_event_result
select_track(struct hp_session *session, const struct hp_args *args, enum hp_track_kind kind)
{
    if (!hp_stage_has_peer(session->stage)) {
        return HP_EVENT_NO_PEER;
    }
    bool is_done = hp_stage_select(session->stage, &args->selection, kind);
    return is_done ? HP_EVENT_DONE : HP_EVENT_NO_VIDEO;
}

static enum hp_event_result
handle_signal_video(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    return select_track(session, args, HP_TRACK_VIDEO);
}

static enum hp_event_result
handle_signal_audio(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    return select_track(session, args, HP_TRACK_AUDIO);
}

static enum hp_event_result
handle_stats(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) room;
    (void) args;
    return hp_stage_request_stats(session->stage) ? HP_EVENT_DONE : HP_EVENT_NO_PEER;
}

// Everyone hears of a change of control. Where there is nothing to change, the person that asked
// hears who has control.
static enum hp_event_result
answer_host(struct hp_room *room, struct hp_session *session, const struct hp_session *before,
        bool is_done)
{
    const struct hp_session *host = hp_control_host(hp_room_control(room));
    if (is_done && host == before) {
        hp_notices_tell(hp_room_notices(room),
                &(struct hp_notice){ .kind = HP_NOTICE_HOST,
                        .to = session,
                        .about = session,
                        .host = host });
    }
    return done_if(is_done);
}

static enum hp_event_result
handle_control_request(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) args;
    const struct hp_session *before = hp_control_host(hp_room_control(room));
    enum hp_control_answer answer = hp_control_request(hp_room_control(room), session);
    if (answer == HP_CONTROL_ASKED) {
        hp_control_greet(hp_room_control(room), session);
        return HP_EVENT_DONE;
    }
    return answer_host(room, session, before, answer == HP_CONTROL_TAKEN);
}

static enum hp_event_result
handle_control_release(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) args;
    return done_if(hp_control_release(hp_room_control(room), session));
}

static enum hp_event_result
handle_control_take(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) args;
    const struct hp_session *before = hp_control_host(hp_room_control(room));
    return answer_host(room, session, before, hp_control_take(hp_room_control(room), session));
}

static enum hp_event_result
handle_control_give(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    struct hp_session *to = hp_sessions_find(hp_room_sessions(room), args->id);
    const struct hp_session *before = hp_control_host(hp_room_control(room));
    return answer_host(room, session, before,
            to != NULL && hp_control_give(hp_room_control(room), session, to));
}

static enum hp_event_result
handle_control_reset(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) args;
    const struct hp_session *before = hp_control_host(hp_room_control(room));
    return answer_host(room, session, before, hp_control_reset(hp_room_control(room), session));
}

static enum hp_event_result
handle_withdraw(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    (void) args;
    return done_if(hp_control_withdraw(hp_room_control(room), session));
}

static enum hp_event_result
handle_decline(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    struct hp_session *asker = hp_sessions_find(hp_room_sessions(room), args->id);
    return done_if(asker != NULL && hp_control_decline(hp_room_control(room), session, asker));
}

static enum hp_event_result
handle_screen_set(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    bool is_done =
            hp_room_set_screen(room, session, args->width, args->height, args->rate);
    return is_done ? HP_EVENT_DONE : HP_EVENT_NOT_AVAILABLE;
}

// Passes a letter on; with `to` NULL to everyone else.
static enum hp_event_result
send_letter(struct hp_room *room, struct hp_session *from, const struct hp_session *to,
        const struct hp_args *args)
{
    char *body =
            args->body == NULL ? NULL : json_dumps(args->body, JSON_COMPACT | JSON_ENCODE_ANY);
    enum hp_event_result result = HP_EVENT_BAD;
    if (body == NULL || strlen(body) <= MAX_LETTER_BYTES) {
        bool is_sent = hp_room_send_letter(room, from, to, args->subject, body);
        result = is_sent ? HP_EVENT_DONE : HP_EVENT_TOO_MANY;
    }
    free(body);
    return result;
}

static enum hp_event_result
handle_unicast(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    const struct hp_session *to = hp_sessions_find(hp_room_sessions(room), args->id);
    return to == NULL ? HP_EVENT_NOBODY : send_letter(room, session, to, args);
}

static enum hp_event_result
handle_broadcast(struct hp_room *room, struct hp_session *session, const struct hp_args *args)
{
    return send_letter(room, session, NULL, args);
}

static const struct hp_event_refusal refusals[] = {
    [HP_EVENT_BAD] = { "bad-message", "The payload does not fit." },
    [HP_EVENT_NOT_ALLOWED] = { "not-allowed", "This is not possible now." },
    [HP_EVENT_NOT_AVAILABLE] = { "not-available", "This server cannot do that." },
    [HP_EVENT_NO_RIGHT] = { "not-allowed", "You do not have the right to do that." },
    [HP_EVENT_NO_CONTROL] = { "not-allowed", "You do not have control." },
    [HP_EVENT_NO_PEER] = { "not-allowed", "There is no connection for media: signal/request "
                                          "makes one." },
    [HP_EVENT_NO_VIDEO] = { "not-allowed", "There is no video of this name." },
    [HP_EVENT_NOBODY] = { "bad-message", "There is nobody with this id." },
    [HP_EVENT_TOO_MANY] = { "too-many-requests", "Too many are under way: send this again later." },
};

const struct hp_event_refusal *
hp_events_refusal(enum hp_event_result result)
{
    return result == HP_EVENT_DONE ? NULL : &refusals[result];
}

static const struct hp_event_row rows[] = {
    { "client/heartbeat", hp_args_parse_nothing, HP_NEED_NOTHING, handle_heartbeat },
    { "system/logs", hp_args_parse_logs, HP_NEED_NOTHING, handle_logs },
    { "signal/request", hp_args_parse_request, HP_NEED_WATCH, handle_signal_request },
    { "signal/restart", hp_args_parse_nothing, HP_NEED_WATCH, handle_signal_restart },
    { "signal/offer", hp_args_parse_sdp, HP_NEED_WATCH, handle_signal_offer },
    { "signal/answer", hp_args_parse_sdp, HP_NEED_WATCH, handle_signal_answer },
    { "signal/candidate", hp_args_parse_candidate, HP_NEED_WATCH, handle_signal_candidate },
    { "signal/video", hp_args_parse_video, HP_NEED_WATCH, handle_signal_video },
    { "signal/audio", hp_args_parse_audio, HP_NEED_WATCH, handle_signal_audio },
    { "hairpin/stats", hp_args_parse_nothing, HP_NEED_WATCH, handle_stats },
    { "control/request", hp_args_parse_nothing, HP_NEED_HOST, handle_control_request },
    { "control/release", hp_args_parse_nothing, HP_NEED_NOTHING, handle_control_release },
    { "control/take", hp_args_parse_nothing, HP_NEED_ADMIN, handle_control_take },
    { "control/give", hp_args_parse_id, HP_NEED_NOTHING, handle_control_give },
    { "control/reset", hp_args_parse_nothing, HP_NEED_ADMIN, handle_control_reset },
    { "hairpin/withdraw", hp_args_parse_nothing, HP_NEED_NOTHING, handle_withdraw },
    { "hairpin/decline", hp_args_parse_id, HP_NEED_NOTHING, handle_decline },
    { "control/move", hp_args_parse_move, HP_NEED_CONTROL, hp_keystrokes_move },
    { "control/scroll", hp_args_parse_scroll, HP_NEED_CONTROL, hp_keystrokes_scroll },
    { "control/buttonpress", hp_args_parse_button, HP_NEED_CONTROL, hp_keystrokes_button_press },
    { "control/buttondown", hp_args_parse_button, HP_NEED_CONTROL, hp_keystrokes_button_down },
    { "control/buttonup", hp_args_parse_button, HP_NEED_CONTROL, hp_keystrokes_button_up },
    { "control/keypress", hp_args_parse_key, HP_NEED_CONTROL, hp_keystrokes_key_press },
    { "control/keydown", hp_args_parse_key, HP_NEED_CONTROL, hp_keystrokes_key_down },
    { "control/keyup", hp_args_parse_key, HP_NEED_CONTROL, hp_keystrokes_key_up },
    { "control/touchbegin", hp_args_parse_touch, HP_NEED_CONTROL, hp_keystrokes_touch_begin },
    { "control/touchupdate", hp_args_parse_touch, HP_NEED_CONTROL, hp_keystrokes_touch_update },
    { "control/touchend", hp_args_parse_touch, HP_NEED_CONTROL, hp_keystrokes_touch_end },
    { "control/cut", hp_args_parse_nothing, HP_NEED_CONTROL, hp_keystrokes_cut },
    { "control/copy", hp_args_parse_nothing, HP_NEED_CONTROL, hp_keystrokes_copy },
    { "control/select_all", hp_args_parse_nothing, HP_NEED_CONTROL, hp_keystrokes_select_all },
    { "control/paste", hp_args_parse_paste, HP_NEED_CONTROL, hp_keystrokes_paste },
    { "screen/set", hp_args_parse_screen, HP_NEED_ADMIN, handle_screen_set },
    { "send/unicast", hp_args_parse_unicast, HP_NEED_NOTHING, handle_unicast },
    { "send/broadcast", hp_args_parse_broadcast, HP_NEED_NOTHING, handle_broadcast },
    { "clipboard/set", hp_args_parse_text, HP_NEED_NOTHING, hp_keystrokes_set_clipboard },
    { "keyboard/map", hp_args_parse_nothing, HP_NEED_NOTHING, NULL },
    { "keyboard/modifiers", hp_args_parse_nothing, HP_NEED_NOTHING, NULL },
    { "chat/message", hp_args_parse_nothing, HP_NEED_NOTHING, NULL },
    { "filetransfer/update", hp_args_parse_nothing, HP_NEED_NOTHING, NULL },
};

const struct hp_event_row *
hp_events_find(const char *event)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].event, event) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

bool
hp_events_may_hold(const char *event)
{
    const struct hp_event_row *row = hp_events_find(event);
    return row != NULL && row->need == HP_NEED_CONTROL;
}

static bool
is_allowed(struct hp_room *room, struct hp_session *session, enum hp_event_need need)
{
    switch (need) {
    case HP_NEED_NOTHING: return true;
    case HP_NEED_WATCH: return session->profile.can_watch;
    case HP_NEED_HOST: return session->profile.can_host;
    case HP_NEED_ADMIN: return session->profile.is_admin;
    case HP_NEED_CONTROL:
        return hp_control_request(hp_room_control(room), session) == HP_CONTROL_TAKEN;
    }
    return false;
}

static bool
try_plugins(struct hp_room *room, struct hp_session *session, const char *event, json_t *payload)
{
    char *text = payload == NULL ? NULL : json_dumps(payload, JSON_COMPACT | JSON_ENCODE_ANY);
    bool is_known = (text == NULL || strlen(text) <= MAX_PLUGIN_BYTES)
            && hp_plugins_handle_message(hp_room_plugins(room), session, event, text);
    free(text);
    return is_known;
}

enum hp_event_result
hp_events_handle(
        struct hp_room *room, struct hp_session *session, const char *event, json_t *payload)
{
    const struct hp_event_row *row = hp_events_find(event);
    struct hp_args args = { .id = NULL };
    if (row == NULL || row->handle == NULL) {
        if (try_plugins(room, session, event, payload)) {
            return HP_EVENT_DONE;
        }
        return row == NULL ? HP_EVENT_BAD : HP_EVENT_NOT_AVAILABLE;
    }
    if (!row->parse(payload, &args)) {
        return HP_EVENT_BAD;
    }
    if (!is_allowed(room, session, row->need)) {
        return row->need == HP_NEED_CONTROL ? HP_EVENT_NO_CONTROL : HP_EVENT_NO_RIGHT;
    }
    return row->handle(room, session, &args);
}

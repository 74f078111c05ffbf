// bulletin.c - the notices of a room as events of Neko's v3 protocol.
// Owner: nobody.  Thread: main.
#include "dialect/bulletin.h"

#define LOG_TAG "bulletin"
#include "base/log.h"
#include "dialect/facts.h"
#include "dialect/profile_json.h"
#include "room/session.h"

static json_t *
id_of(const struct hp_session *session)
{
    return json_pack("{s:s}", "id", session != NULL ? session->id : "");
}

static json_t *
write_profile(const struct hp_session *session)
{
    json_t *object = id_of(session);
    hp_profile_json_write(&session->profile, object);
    return object;
}

static json_t *
write_cursors(const struct hp_notice *notice)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < notice->cursors.count; i++) {
        const struct hp_notice_cursor *item = &notice->cursors.items[i];
        json_array_append_new(list,
                json_pack("{s:s, s:[{s:i, s:i}]}", "id", item->session->id, "cursors", "x", item->x,
                        "y", item->y));
    }
    return list;
}

static json_t *
write_away(const struct hp_notice *notice)
{
    json_t *object = id_of(notice->about);
    json_object_set_new(object, "is_away", json_boolean(notice->away.is_away));
    return object;
}

static json_t *
write_wishes(const struct hp_notice *notice)
{
    json_t *ids = json_array();
    for (unsigned i = 0; i < notice->wishes.count; i++) {
        json_array_append_new(ids, json_string(notice->wishes.items[i]->id));
    }
    return json_pack("{s:o}", "ids", ids);
}

static json_t *
write_wish(const struct hp_notice *notice)
{
    static const char *const names[] = {
        [HP_WISH_ASKED] = "asked",
        [HP_WISH_WITHDRAWN] = "withdrawn",
        [HP_WISH_DECLINED] = "declined",
        [HP_WISH_EXPIRED] = "expired",
    };
    return json_pack("{s:s}", "state", names[notice->wish]);
}

static json_t *
write_screen(const struct hp_notice *notice)
{
    json_t *object = hp_facts_screen(notice->screen);
    json_object_set_new(
            object, "id", json_string(notice->about != NULL ? notice->about->id : ""));
    return object;
}

static json_t *
write_media(const struct hp_notice *notice)
{
    const char *problem = notice->media.problem;
    bool has_failed = problem != NULL && !notice->media.is_starting;
    enum hp_status status = has_failed ? HP_STATUS_MEDIA_FAILED : HP_STATUS_OK;
    const char *state = has_failed ? "failed" : problem != NULL ? "starting" : "running";
    json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "state", state, "kind",
            notice->media.kind == HP_TRACK_VIDEO ? "video" : "audio", "status",
            hp_status_name(status), "text", problem != NULL ? problem : "");
    if (notice->media.codec != NULL) {
        json_object_set_new(object, "codec", json_string(hp_codec_name(*notice->media.codec)));
    }
    return object;
}

static const char *
name_description(enum hp_description_role role)
{
    switch (role) {
    case HP_DESCRIPTION_FIRST: return "signal/provide";
    case HP_DESCRIPTION_OFFER: return "signal/offer";
    case HP_DESCRIPTION_RESTART: return "signal/restart";
    case HP_DESCRIPTION_ANSWER: return "signal/answer";
    }
    return NULL;
}

static json_t *
write_description(const struct hp_notice *notice, json_t *ice_servers)
{
    json_t *object = json_pack("{s:s}", "sdp", notice->description.sdp);
    if (notice->description.role == HP_DESCRIPTION_FIRST) {
        json_object_set(object, "iceservers", ice_servers);
        json_object_set_new(object, "video", hp_facts_video(&notice->description.video));
        json_object_set_new(
                object, "audio", hp_facts_audio(notice->description.is_audio_disabled));
    }
    return object;
}

static json_t *
write_candidate(const struct hp_notice *notice)
{
    const char *mid = notice->candidate.mid;
    return json_pack("{s:s, s:s, s:i, s:n}", "candidate", notice->candidate.text, "sdpMid",
            mid != NULL ? mid : "", "sdpMLineIndex", notice->candidate.mline_index,
            "usernameFragment");
}

static json_t *
write_peer_state(const struct hp_notice *notice)
{
    static const char *const names[] = {
        [HP_PEER_CONNECTING] = "connecting",
        [HP_PEER_CONNECTED] = "connected",
        [HP_PEER_DISCONNECTED] = "disconnected",
        [HP_PEER_FAILED] = "failed",
    };
    enum hp_status status = notice->peer_state.status;
    return json_pack("{s:s, s:s, s:s}", "state", names[notice->peer_state.state], "status",
            hp_status_name(status), "text", hp_status_text(status));
}

static json_t *
write_letter(const struct hp_notice *notice)
{
    const char *body = notice->letter.body;
    json_t *letter = json_pack("{s:s}", "sender", notice->about->id);
    if (notice->to != NULL) {
        json_object_set_new(letter, "receiver", json_string(notice->to->id));
    }
    json_object_set_new(letter, "subject", json_string(notice->letter.subject));
    json_object_set_new(
            letter, "body", body == NULL ? json_null() : json_loads(body, JSON_DECODE_ANY, NULL));
    return letter;
}

static const char *
write_plugin_event(const struct hp_notice *notice, json_t **payload)
{
    json_error_t error;
    const char *text = notice->event.payload;
    if (text == NULL) {
        return notice->event.name;
    }
    *payload = json_loads(text, JSON_DECODE_ANY, &error);
    if (*payload == NULL) {
        log_warn("a plugin's event %s is dropped, its payload is not JSON: %s", notice->event.name,
                error.text);
        return NULL;
    }
    return notice->event.name;
}

const char *
hp_bulletin_write(const struct hp_notice *notice, json_t *ice_servers, json_t **payload)
{
    *payload = NULL;
    switch (notice->kind) {
    case HP_NOTICE_CREATED: *payload = hp_facts_session(notice->about); return "session/created";
    case HP_NOTICE_DELETED: *payload = id_of(notice->about); return "session/deleted";
    case HP_NOTICE_PROFILE: *payload = write_profile(notice->about); return "session/profile";
    case HP_NOTICE_PRESENCE: *payload = hp_facts_state(notice->about, true); return "session/state";
    case HP_NOTICE_CURSORS: *payload = write_cursors(notice); return "session/cursors";
    case HP_NOTICE_HOST:
        *payload = hp_facts_host(notice->about, notice->host);
        return "control/host";
    case HP_NOTICE_RULES:
        *payload = id_of(notice->about);
        hp_profile_json_write_rules(notice->rules, *payload);
        return "system/settings";
    case HP_NOTICE_SCREEN: *payload = write_screen(notice); return "screen/updated";
    case HP_NOTICE_MEDIA: *payload = write_media(notice); return "hairpin/media";
    case HP_NOTICE_CLIPBOARD:
        *payload = json_pack("{s:s}", "text", notice->clipboard.text);
        return "clipboard/updated";
    case HP_NOTICE_REQUEST: *payload = id_of(notice->about); return "control/request";
    case HP_NOTICE_AWAY: *payload = write_away(notice); return "hairpin/away";
    case HP_NOTICE_WISHES: *payload = write_wishes(notice); return "hairpin/requests";
    case HP_NOTICE_WISH: *payload = write_wish(notice); return "hairpin/request";
    case HP_NOTICE_DESCRIPTION:
        *payload = write_description(notice, ice_servers);
        return name_description(notice->description.role);
    case HP_NOTICE_CANDIDATE: *payload = write_candidate(notice); return "signal/candidate";
    case HP_NOTICE_PEER_STATE: *payload = write_peer_state(notice); return "hairpin/status";
    case HP_NOTICE_PEER_CLOSED: *payload = json_null(); return "signal/close";
    case HP_NOTICE_STATS: *payload = hp_facts_stats(notice->stats); return "hairpin/stats";
    case HP_NOTICE_VIDEO: *payload = hp_facts_video(&notice->video); return "signal/video";
    case HP_NOTICE_AUDIO:
        *payload = hp_facts_audio(notice->audio.is_disabled);
        return "signal/audio";
    case HP_NOTICE_LETTER:
        *payload = write_letter(notice);
        return notice->to != NULL ? "send/unicast" : "send/broadcast";
    case HP_NOTICE_PLUGIN: return write_plugin_event(notice, payload);
    case HP_NOTICE_WELCOME:
    case HP_NOTICE_FAREWELL: return NULL;
    }
    return NULL;
}

const char *
hp_bulletin_farewell(enum hp_farewell reason)
{
    switch (reason) {
    case HP_FAREWELL_DELETED: return "session deleted";
    case HP_FAREWELL_REPLACED: return "connection replaced";
    case HP_FAREWELL_PROFILE: return "profile changed";
    case HP_FAREWELL_FLOOD: return "too many messages";
    case HP_FAREWELL_CLOSING: return "connection shutdown";
    }
    return NULL;
}

const char *
hp_bulletin_refusal(enum hp_connect_answer answer)
{
    switch (answer) {
    case HP_CONNECT_OK: break;
    case HP_CONNECT_CLOSING: return "connection shutdown";
    case HP_CONNECT_NO_TOKEN: return "no authentication provided";
    case HP_CONNECT_UNKNOWN: return "session not found";
    case HP_CONNECT_NO_LOGIN: return "session login disabled";
    case HP_CONNECT_NOT_ALLOWED: return "connection disabled";
    case HP_CONNECT_TOO_OFTEN: return "too many connections";
    case HP_CONNECT_TWICE: return "already connected";
    }
    return NULL;
}

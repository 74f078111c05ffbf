// facts.c - the facts of a room as Neko's JSON.
// Owner: nobody.  Thread: main.
#include "dialect/facts.h"

#include <time.h>

#include <glib.h>

#include "dialect/profile_json.h"
#include "room/control.h"
#include "room/desktop.h"
#include "room/lobby.h"
#include "room/notice.h"
#include "room/room.h"
#include "room/session.h"

// Writes a time in RFC 3339, with a fraction, in UTC.
static void
write_time(json_t *object, const char *key, int64_t wall_us)
{
    if (wall_us == 0) {
        return;
    }
    time_t seconds = (time_t) (wall_us / 1000000);
    struct tm parts;
    char date[32], text[48];
    gmtime_r(&seconds, &parts);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
    g_snprintf(text, sizeof(text), "%s.%06dZ", date, (int) (wall_us % 1000000));
    json_object_set_new(object, key, json_string(text));
}

json_t *
hp_facts_state(const struct hp_session *session, bool with_id)
{
    json_t *object = json_object();
    if (with_id) {
        json_object_set_new(object, "id", json_string(session->id));
    }
    json_object_set_new(object, "is_connected", json_boolean(session->is_connected));
    write_time(object, "connected_since", session->connected_us);
    write_time(object, "not_connected_since", session->not_connected_us);
    json_object_set_new(object, "is_watching", json_boolean(session->is_watching));
    write_time(object, "watching_since", session->watching_us);
    write_time(object, "not_watching_since", session->not_watching_us);
    return object;
}

json_t *
hp_facts_session(const struct hp_session *session)
{
    json_t *object = json_object();
    json_t *profile = json_object();
    hp_profile_json_write(&session->profile, profile);
    json_object_set_new(object, "id", json_string(session->id));
    json_object_set_new(object, "profile", profile);
    json_object_set_new(object, "state", hp_facts_state(session, false));
    return object;
}

json_t *
hp_facts_host(const struct hp_session *by, const struct hp_session *host)
{
    json_t *object =
            json_pack("{s:s, s:b}", "id", by != NULL ? by->id : "", "has_host", host != NULL);
    if (host != NULL) {
        json_object_set_new(object, "host_id", json_string(host->id));
    }
    return object;
}

json_t *
hp_facts_screen(const struct hp_plugin_screen *screen)
{
    return json_pack("{s:i, s:i, s:i}", "width", screen->width, "height", screen->height, "rate",
            screen->rate);
}

json_t *
hp_facts_video(const struct hp_notice_video *video)
{
    const char *id = video->name != NULL ? video->name : "";
    return json_pack("{s:b, s:s, s:s, s:b}", "disabled", video->is_disabled, "id", id, "video", id,
            "auto", 0);
}

json_t *
hp_facts_audio(bool is_disabled)
{
    return json_pack("{s:b}", "disabled", is_disabled);
}

json_t *
hp_facts_stats(const struct hp_peer_stats *stats)
{
    static const char *const paths[] = {
        [HP_PATH_UDP] = "udp",
        [HP_PATH_TCP] = "tcp",
        [HP_PATH_RELAY] = "relay",
        [HP_PATH_WEBSOCKET] = "websocket",
    };
    if (stats == NULL) {
        return json_pack("{s:b}", "is_late", true);
    }
    return json_pack("{s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I}", "path",
            paths[stats->path], "pair", stats->pair, "round_trip_ms",
            (double) stats->round_trip_us / 1000, "packets_sent", (json_int_t) stats->packets_sent,
            "bytes_sent", (json_int_t) stats->bytes_sent, "nacks", (json_int_t) stats->nacks,
            "retransmitted", (json_int_t) stats->retransmitted, "keyframe_requests",
            (json_int_t) stats->keyframe_requests, "fraction_lost", stats->fraction_lost,
            "feedback_packets", (json_int_t) stats->feedback_packets, "bad_packets",
            (json_int_t) stats->bad_packets, "dropped_candidates",
            (json_int_t) stats->dropped_candidates, "failed_servers",
            (json_int_t) stats->failed_servers);
}

static json_t *
all_videos(const struct hp_room *room)
{
    const char *video = hp_room_video_name(room);
    json_t *videos = json_array();
    if (video != NULL) {
        json_array_append_new(videos, json_string(video));
    }
    return videos;
}

json_t *
hp_facts_init(struct hp_room *room, const struct hp_session *session)
{
    json_t *object = json_object();
    json_t *rules = json_object();
    hp_profile_json_write_rules(hp_room_rules(room), rules);
    json_object_set_new(object, "session_id", json_string(session->id));
    json_object_set_new(object, "control_host",
            hp_facts_host(NULL, hp_control_host(hp_room_control(room))));
    json_object_set_new(
            object, "screen_size", hp_facts_screen(hp_desktop_screen(hp_room_desktop(room))));
    json_object_set_new(object, "settings", rules);
    json_object_set_new(object, "touch_events", json_false());
    json_object_set_new(object, "screencast_enabled", json_false());
    int64_t grace_us = hp_lobby_grace_us(hp_room_lobby(room));
    json_object_set_new(object, "hairpin", json_pack("{s:f}", "grace", (double) grace_us / 1e6));
    json_object_set_new(object, "webrtc", json_pack("{s:o}", "videos", all_videos(room)));
    return object;
}

json_t *
hp_facts_admin(struct hp_room *room)
{
    return json_pack("{s:[o], s:{s:b}}", "screen_sizes_list",
            hp_facts_screen(hp_desktop_screen(hp_room_desktop(room))), "broadcast_status",
            "is_active", 0);
}

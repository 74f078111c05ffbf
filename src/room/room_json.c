// room_json.c - what a room says of itself, as payloads of events.
// Owner: hp_room.  Thread: main.
#include "room/room_parts.h"
#include "room/sessions.h"

json_t *
hp_room_host_to_json(const struct hp_room *room, const char *by)
{
    const struct hp_session *host = hp_control_host(room->control);
    json_t *object = json_pack("{s:s, s:b}", "id", by, "has_host", host != NULL);
    if (host != NULL) {
        json_object_set_new(object, "host_id", json_string(host->id));
    }
    return object;
}

json_t *
hp_room_screen_to_json(const struct hp_room *room)
{
    return json_pack("{s:i, s:i, s:i}", "width", room->screen.width, "height", room->screen.height,
            "rate", room->screen.rate);
}

static json_t *
sessions_to_json(const struct hp_room *room)
{
    const GPtrArray *all = hp_sessions_all(room->sessions);
    json_t *object = json_object();
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        json_object_set_new(object, session->id, hp_session_to_json(session));
    }
    return object;
}

json_t *
hp_room_init_to_json(const struct hp_room *room, const struct hp_session *session)
{
    json_t *object = json_object();
    json_object_set_new(object, "session_id", json_string(session->id));
    json_object_set_new(object, "control_host", hp_room_host_to_json(room, ""));
    json_object_set_new(object, "screen_size", hp_room_screen_to_json(room));
    json_object_set_new(object, "sessions", sessions_to_json(room));
    json_t *rules = json_object();
    hp_rules_write(&room->rules, rules);
    json_object_set_new(object, "settings", rules);
    json_object_set_new(object, "touch_events", json_false());
    json_object_set_new(object, "screencast_enabled", json_false());
    const char *video = hp_streams_video_name(room->streams);
    json_t *videos = json_array();
    if (video != NULL) {
        json_array_append_new(videos, json_string(video));
    }
    json_object_set_new(object, "webrtc", json_pack("{s:o}", "videos", videos));
    return object;
}

json_t *
hp_room_admin_to_json(const struct hp_room *room)
{
    return json_pack("{s:[o], s:{s:b}}", "screen_sizes_list", hp_room_screen_to_json(room),
            "broadcast_status", "is_active", 0);
}

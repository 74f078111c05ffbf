// session.c - one person who logged in, as JSON.
// Owner: hp_sessions.  Thread: main.
#include "room/session.h"

#include <time.h>

#include <glib.h>

#include "base/clock.h"

static int64_t
wall_now_us(void)
{
    return hp_clock_wall_us(hp_clock_now_us());
}

// RFC 3339 with a fraction, in UTC.
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
hp_session_state_to_json(const struct hp_session *session, bool with_id)
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
hp_session_to_json(const struct hp_session *session)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_string(session->id));
    json_object_set_new(object, "profile", hp_profile_to_json(&session->profile));
    json_object_set_new(object, "state", hp_session_state_to_json(session, false));
    return object;
}

void
hp_session_set_connected(struct hp_session *session, bool is_connected)
{
    session->is_connected = is_connected;
    session->connected_us = is_connected ? wall_now_us() : 0;
    session->not_connected_us = is_connected ? 0 : wall_now_us();
    session->idle_since_us = hp_clock_now_us();
}

void
hp_session_set_watching(struct hp_session *session, bool is_watching)
{
    session->is_watching = is_watching;
    session->watching_us = is_watching ? wall_now_us() : 0;
    session->not_watching_us = is_watching ? 0 : wall_now_us();
}

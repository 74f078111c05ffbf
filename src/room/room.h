// room.h - a room: people, a desktop, and everything between them. What the edge calls; see lobby.h
// (come and go), stage.h (watch), control.h. Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/plugin.h"
#include "room/control.h"
#include "room/members.h"
#include "room/rules.h"
#include "room/session.h"
#include "room/streams.h"

struct hp_jobs;
struct hp_plugin_screen;
struct hp_plugins;
struct hp_room;
struct hp_rtc;
struct hp_sessions;
struct hp_worker;

struct hp_room_params {
    struct hp_worker *home;
    struct hp_jobs *jobs; // for what blocks in plugins; NULL: they have none
    struct hp_worker *const *workers;
    unsigned worker_count;
    struct hp_rtc *rtc;
    const enum hp_codec *codecs; // that viewers may get, best first
    unsigned codec_count;
    // See streams.h.
    char *(*make_pipeline)(
            void *arg, enum hp_codec codec, const char *head, bool *is_damage_driven);
    void *make_pipeline_arg;
    struct hp_members_params members;
    const struct hp_rules *rules; // copied; NULL: the defaults
    const char *ice_servers; // JSON array for browsers; NULL: none
    unsigned max_sessions; // 0: 200
    int64_t grace_ms; // for a WebSocket to come back; 0: 5 s
    int64_t session_expiry_ms; // of one without a connection; 0: 24 h
};

// What the room asks of the edge. Links are the edge's names for WebSockets, never 0.
struct hp_room_cbs {
    void (*send)(void *arg, const uint64_t *links, unsigned count, const char *event,
            json_t *payload); // borrowed; NULL: none
    // Ends a link after what was sent; the room forgets it with this call, lose() is not needed.
    void (*close_link)(void *arg, uint64_t link, int code, const char *reason);
};

// NULL after logging why. Owner: app, until shutdown is done. The edge sets its callbacks when it begins.
struct hp_room *hp_room_create(const struct hp_room_params *params);
void hp_room_set_edge(struct hp_room *room, const struct hp_room_cbs *cbs, void *arg);

// Starts a plugin in the room, before the first session; false after it logged why.
bool hp_room_start_plugin(struct hp_room *room, const struct hp_plugin *plugin,
        const void *options); // both kept

// Tells everyone ("connection shutdown"), ends sessions, peers, plugins and streams; then
// done(arg), after which the room has been freed.
void hp_room_shutdown(struct hp_room *room, void (*done)(void *arg), void *arg);

// Facts.
struct hp_sessions *hp_room_sessions(struct hp_room *room);
struct hp_control *hp_room_control(struct hp_room *room);
struct hp_plugins *hp_room_plugins(struct hp_room *room);
const struct hp_rules *hp_room_rules(const struct hp_room *room);
json_t *hp_room_host_to_json(
        const struct hp_room *room, const char *by); // {id, has_host, host_id?}
json_t *hp_room_init_to_json(const struct hp_room *room, const struct hp_session *session);
json_t *hp_room_admin_to_json(const struct hp_room *room);

// Changes settings; all effects follow. False when a value has the wrong type. by: NULL: the room.
bool hp_room_update_rules(struct hp_room *room, struct hp_session *by, const json_t *partial);
const struct hp_plugin_screen *hp_room_screen(const struct hp_room *room);
const struct hp_plugin_desktop *hp_room_desktop(const struct hp_room *room); // never NULL
// Asks the plugins for another screen size. False: none can.
bool hp_room_set_screen(
        struct hp_room *room, struct hp_session *by, int width, int height, int rate);

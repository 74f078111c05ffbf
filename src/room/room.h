// room.h - a room: people, a desktop, and the connections between them. Puts the parts together and
// hands them out: lobby.h (come and go), stage.h (watch), control.h, notices.h (facts that the room
// tells). Main thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "member/members.h"

struct hp_control;
struct hp_desktop;
struct hp_jobs;
struct hp_lobby;
struct hp_notices;
struct hp_plugin;
struct hp_plugin_source;
struct hp_plugins;
struct hp_room;
struct hp_rtc;
struct hp_rules;
struct hp_session;
struct hp_sessions;
struct hp_worker;

struct hp_room_params {
    struct hp_worker *home;
    struct hp_jobs *jobs; // for blocking work of plugins; NULL: plugins get no jobs
    struct hp_worker *const *workers;
    unsigned worker_count;
    struct hp_rtc *rtc;
    const enum hp_codec *codecs; // the codecs that viewers may get, best first; copied
    unsigned codec_count;
    unsigned processors; // of this machine; 0: not known
    // Writes the text of a pipeline, see streams.h.
    char *(*make_pipeline)(void *arg, enum hp_codec codec, const char *head, unsigned threads,
            bool *is_damage_driven);
    void *make_pipeline_arg;
    struct hp_members_params members;
    const struct hp_rules *rules; // copied; NULL: the defaults
    unsigned max_sessions; // 0: 200
    int64_t grace_ms; // how long a session waits for a lost connection; 0: 30 s
    int64_t session_expiry_ms; // life of a session without a connection; 0: 24 h
};

// Never NULL. Owner: app, until shutdown is done.
struct hp_room *hp_room_create(const struct hp_room_params *params);

// Starts a plugin in the room, before the first session. False: the reason has been logged.
bool hp_room_start_plugin(struct hp_room *room, const struct hp_plugin *plugin,
        const void *options); // both kept

// Adds a source that no plugin has, for a configured pipeline with an origin of its own. False: the
// name is taken, or there are too many sources.
bool hp_room_add_source(struct hp_room *room, const struct hp_plugin_source *source); // copied

// Tells everyone, then ends sessions, peers, plugins and streams. When all have ended, the room
// frees itself and calls done(arg).
void hp_room_shutdown(struct hp_room *room, void (*done)(void *arg), void *arg);

// The parts of the room, which owns them.
struct hp_sessions *hp_room_sessions(struct hp_room *room);
struct hp_control *hp_room_control(struct hp_room *room);
struct hp_lobby *hp_room_lobby(struct hp_room *room);
struct hp_notices *hp_room_notices(struct hp_room *room);
struct hp_plugins *hp_room_plugins(struct hp_room *room);
const struct hp_desktop *hp_room_desktop(const struct hp_room *room);
const struct hp_rules *hp_room_rules(const struct hp_room *room);
// The name by which viewers choose a video; NULL: there is no video yet.
const char *hp_room_video_name(const struct hp_room *room);

// Changes the rules, with all effects. `by` is NULL when the room itself changes them. `rules` is
// copied.
void hp_room_set_rules(struct hp_room *room, struct hp_session *by, const struct hp_rules *rules);

// Asks the plugins for another screen size, in pixels and Hz. False: no plugin can change it.
bool hp_room_set_screen(
        struct hp_room *room, struct hp_session *by, int width, int height, int rate);

// Passes a message from one session to another, or to everyone else (`to` is NULL). `body` is JSON
// text, NULL: none. False: `from` has sent too much lately.
bool hp_room_send_letter(struct hp_room *room, struct hp_session *from, const struct hp_session *to,
        const char *subject, const char *body);

// room.c - a room: people, a desktop, and everything between them. Puts the parts together.
// Owner: app.  Thread: main.
#include "room/room.h"

#include <assert.h>
#include <string.h>

#define LOG_TAG "room"
#include "base/log.h"
#include "room/cursor.h"
#include "room/lobby.h"
#include "room/outbox.h"
#include "plugin/plugins.h"
#include "room/room_parts.h"
#include "room/sessions.h"
#include "room/stage.h"
#include "room/stage_json.h"

enum {
    DEFAULT_MAX_SESSIONS = 200,
    DEFAULT_GRACE_MS = 5000,
    DEFAULT_EXPIRY_MS = 24 * 3600 * 1000,
    SWEEP_INTERVAL_US = 10 * 1000000,
};

static void
on_host(void *arg, struct hp_session *by, struct hp_session *host)
{
    struct hp_room *room = arg;
    log_info("%s has control", host != NULL ? host->id : "nobody");
    hp_outbox_broadcast(room, NULL, "control/host", hp_room_host_to_json(room, by->id));
}

static void
on_request(void *arg, struct hp_session *host, struct hp_session *requester)
{
    (void) arg;
    hp_outbox_send(host, "control/request", json_pack("{s:s}", "id", requester->id));
}

static void
on_handed_over(void *arg, struct hp_session *host)
{
    const struct hp_room *room = arg;
    hp_plugins_tell_control(room->plugins, host);
}

static const struct hp_control_cbs control_cbs = {
    .on_host = on_host,
    .on_request = on_request,
    .on_handed_over = on_handed_over,
};

// Who watched before this kind of source was there asks again.
static void
on_source(void *arg, enum hp_track_kind kind)
{
    const struct hp_room *room = arg;
    const GPtrArray *all = hp_sessions_all(room->sessions);
    (void) kind;
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        if (hp_stage_has_peer(session->stage)) {
            hp_stage_end(session->stage, true);
        }
    }
}

static void
on_media(void *arg, enum hp_codec codec, enum hp_encoder_state state, const char *reason)
{
    struct hp_room *room = arg;
    if (state == HP_ENCODER_IDLE) {
        return;
    }
    if (state == HP_ENCODER_FAILED) {
        log_warn("%s does not flow: %s", hp_codec_name(codec), reason);
    }
    hp_outbox_broadcast(room, NULL, "hairpin/media",
            hp_stage_json_media(hp_stage_json_kind(codec), hp_codec_name(codec), reason));
}

static void
room_free(struct hp_room *room)
{
    hp_timer_stop(&room->sweep);
    hp_cursor_destroy(room->cursor);
    hp_control_destroy(room->control);
    hp_sessions_destroy(room->sessions);
    hp_members_destroy(room->members);
    hp_rules_finish(&room->rules);
    json_decref(room->ice_servers);
    hp_room_clear_desktop(room);
    g_free(room->screen_by);
    g_free(room);
}

// The steps of the end: sessions with their peers, what plugins have under way (they take frames of
// streams), streams (they use the plugins' elements), plugins, the rest.
static void
on_plugins_closed(void *arg)
{
    struct hp_room *room = arg;
    void (*done)(void *arg) = room->done;
    void *done_arg = room->done_arg;
    room_free(room);
    done(done_arg);
}

static void
on_streams_closed(void *arg)
{
    struct hp_room *room = arg;
    room->streams = NULL;
    hp_plugins_close(room->plugins, on_plugins_closed);
}

static const struct hp_streams_cbs streams_cbs = {
    .on_source = on_source,
    .on_state = on_media,
    .on_closed = on_streams_closed,
};

static void
on_plugins_quiet(void *arg)
{
    const struct hp_room *room = arg;
    hp_streams_close(room->streams);
}

static void
on_empty(struct hp_room *room)
{
    hp_plugins_quiesce(room->plugins, on_plugins_quiet);
}

static void
on_sweep(void *arg)
{
    struct hp_room *room = arg;
    struct hp_session *session;
    int64_t expiry_us = hp_sessions_expiry_us(room->sessions);
    while ((session = hp_sessions_find_stale(room->sessions, expiry_us)) != NULL) {
        hp_lobby_end(session, NULL);
    }
    hp_timer_start(&room->sweep, SWEEP_INTERVAL_US);
}

static bool
load_ice_servers(struct hp_room *room, const char *text)
{
    json_error_t error;
    room->ice_servers = text == NULL ? json_array() : json_loads(text, 0, &error);
    if (!json_is_array(room->ice_servers)) {
        log_error("the ICE servers are not a JSON array"); // the text may hold a credential
        return false;
    }
    return true;
}

static int64_t
or_default(int64_t value, int64_t fallback)
{
    return value > 0 ? value : fallback;
}

static void
create_parts(struct hp_room *room, const struct hp_room_params *params)
{
    room->sessions = hp_sessions_create(&(struct hp_sessions_params){
            .workers = params->workers,
            .worker_count = params->worker_count,
            .max_sessions = (unsigned) or_default(params->max_sessions, DEFAULT_MAX_SESSIONS),
            .expiry_us = or_default(params->session_expiry_ms, DEFAULT_EXPIRY_MS) * 1000,
    });
    room->control = hp_control_create(&room->rules, &control_cbs, room);
    room->cursor = hp_cursor_create(room);
    room->streams = hp_streams_create(
            &(struct hp_streams_params){
                    .home = params->home,
                    .workers = params->workers,
                    .worker_count = params->worker_count,
                    .codecs = params->codecs,
                    .codec_count = params->codec_count,
                    .make_pipeline = params->make_pipeline,
                    .make_pipeline_arg = params->make_pipeline_arg,
            },
            &streams_cbs, room);
    room->plugins = hp_plugins_create(params->home, params->jobs, &hp_room_host_cbs, room);
}

struct hp_room *
hp_room_create(const struct hp_room_params *params)
{
    assert(params->codec_count <= HP_CODECS);
    struct hp_room *room = g_new0(struct hp_room, 1);
    room->home = params->home;
    room->tap_worker = params->workers[0];
    room->rtc = params->rtc;
    room->codec_count = params->codec_count;
    memcpy(room->codecs, params->codecs, params->codec_count * sizeof(*params->codecs));
    room->grace_us = or_default(params->grace_ms, DEFAULT_GRACE_MS) * 1000;
    room->screen = (struct hp_plugin_screen){ .width = 1280, .height = 720, .rate = 30 };
    if (params->rules != NULL) {
        hp_rules_copy(&room->rules, params->rules);
    } else {
        hp_rules_init(&room->rules);
    }
    if (room->rules.control_protection) {
        room->rules.locked_controls = true; // no admin is there yet
    }
    room->members = hp_members_create(&params->members);
    if (room->members == NULL || !load_ice_servers(room, params->ice_servers)) {
        room_free(room);
        return NULL;
    }
    create_parts(room, params);
    hp_timer_init(&room->sweep, room->home, on_sweep, room);
    hp_timer_start(&room->sweep, SWEEP_INTERVAL_US);
    hp_cursor_check_rules(room->cursor);
    return room;
}

void
hp_room_set_edge(struct hp_room *room, const struct hp_room_cbs *cbs, void *arg)
{
    room->cbs = cbs;
    room->cbs_arg = arg;
}

bool
hp_room_start_plugin(struct hp_room *room, const struct hp_plugin *plugin, const void *options)
{
    return hp_plugins_start(room->plugins, plugin, options);
}

void
hp_room_shutdown(struct hp_room *room, void (*done)(void *arg), void *arg)
{
    assert(!room->is_closing);
    room->is_closing = true;
    room->on_empty = on_empty;
    room->done = done;
    room->done_arg = arg;
    hp_timer_stop(&room->sweep);
    hp_cursor_check_rules(room->cursor);
    if (hp_sessions_count(room->sessions) == 0) {
        on_empty(room);
        return;
    }
    hp_lobby_end_all(room, "connection shutdown");
}

struct hp_sessions *
hp_room_sessions(struct hp_room *room)
{
    return room->sessions;
}

struct hp_control *
hp_room_control(struct hp_room *room)
{
    return room->control;
}

struct hp_plugins *
hp_room_plugins(struct hp_room *room)
{
    return room->plugins;
}

const struct hp_rules *
hp_room_rules(const struct hp_room *room)
{
    return &room->rules;
}

const struct hp_plugin_screen *
hp_room_screen(const struct hp_room *room)
{
    return &room->screen;
}

const struct hp_plugin_desktop *
hp_room_desktop(const struct hp_room *room)
{
    return &room->desktop;
}

bool
hp_room_set_screen(struct hp_room *room, struct hp_session *by, int width, int height, int rate)
{
    struct hp_plugin_screen screen = {
        .size = sizeof(screen), .width = width, .height = height, .rate = rate
    };
    g_free(room->screen_by);
    room->screen_by = g_strdup(by->id);
    return hp_plugins_set_screen(room->plugins, &screen);
}

// room.c - a room: people, a desktop, and the connections between them. Puts the parts together.
// Owner: app.  Thread: main.
#include "room/room.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "room"
#include "base/bucket.h"
#include "base/fallback.h"
#include "base/log.h"
#include "base/worker.h"
#include "plugin/plugins.h"
#include "room/control.h"
#include "room/cursor.h"
#include "room/desktop.h"
#include "room/lobby.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/parcels.h"
#include "member/rules.h"
#include "room/services.h"
#include "room/session.h"
#include "room/sessions.h"
#include "room/stage.h"
#include "media/streams.h"
#include "viewer/line.h"

enum {
    DEFAULT_MAX_SESSIONS = 200,
    DEFAULT_GRACE_MS = 30000,
    DEFAULT_EXPIRY_MS = 24 * 3600 * 1000,
    SWEEP_INTERVAL_US = 10 * 1000000,
    LINES_PER_S = 2,
    LINE_BURST = 50,
};

struct hp_room {
    enum hp_codec codecs[HP_CODECS];
    struct hp_rules rules;
    struct hp_notices *notices;
    struct hp_members *members;
    struct hp_sessions *sessions;
    struct hp_desktop *desktop;
    struct hp_control *control;
    struct hp_cursor *cursor;
    struct hp_streams *streams; // NULL once they are closed
    struct hp_lines *lines; // of these streams, for tunnels
    struct hp_parcels *parcels;
    struct hp_plugins *plugins;
    struct hp_services services; // that plugins may ask the room for
    struct hp_stage_params stage; // of all sessions
    struct hp_lobby *lobby;
    struct hp_timer sweep; // ends expired sessions
    struct hp_bucket log_lines; // lines of the log that changes of control may still cause
    bool is_closing;
    void (*done)(void *arg);
    void *done_arg;
};

// ---- news of the parts ----

static void
on_host(void *arg, struct hp_session *by, struct hp_session *host)
{
    struct hp_room *room = arg;
    if (hp_bucket_take(&room->log_lines, 1)) {
        log_info("%s has control", host != NULL ? host->id : "nobody");
    }
    hp_notices_tell(room->notices,
            &(struct hp_notice){ .kind = HP_NOTICE_HOST, .about = by, .host = host });
}

static void
on_request(void *arg, struct hp_session *host, struct hp_session *requester)
{
    const struct hp_room *room = arg;
    hp_notices_tell(room->notices,
            &(struct hp_notice){ .kind = HP_NOTICE_REQUEST, .to = host, .about = requester });
}

static void
on_wishes(void *arg, struct hp_session *host, const GPtrArray *askers)
{
    const struct hp_room *room = arg;
    hp_notices_tell(room->notices,
            &(struct hp_notice){ .kind = HP_NOTICE_WISHES,
                    .to = host,
                    .wishes = { (struct hp_session *const *) askers->pdata, askers->len } });
}

static void
on_wish(void *arg, struct hp_session *asker, enum hp_wish wish)
{
    const struct hp_room *room = arg;
    hp_notices_tell(room->notices,
            &(struct hp_notice){ .kind = HP_NOTICE_WISH, .to = asker, .wish = wish });
}

static void
on_away(void *arg, struct hp_session *to, struct hp_session *host, bool is_away)
{
    const struct hp_room *room = arg;
    hp_notices_tell(room->notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_AWAY, .to = to, .about = host, .away = { is_away } });
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
    .on_wishes = on_wishes,
    .on_wish = on_wish,
    .on_away = on_away,
    .on_handed_over = on_handed_over,
};

static void
on_source(void *arg, enum hp_track_kind kind)
{
    const struct hp_room *room = arg;
    const GPtrArray *all = hp_sessions_all(room->sessions);
    for (unsigned i = 0; i < all->len; i++) {
        const struct hp_session *session = g_ptr_array_index(all, i);
        hp_stage_show_source(session->stage, kind);
    }
    hp_lines_refresh(room->lines);
}

static void
on_media(void *arg, enum hp_codec codec, enum hp_encoder_state state, const char *reason)
{
    const struct hp_room *room = arg;
    if (state == HP_ENCODER_IDLE) {
        return;
    }
    if (state == HP_ENCODER_FAILED) {
        log_warn("the stream %s is broken: %s", hp_codec_name(codec), reason);
    }
    hp_notices_tell(room->notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_MEDIA,
                    .media = { .kind = hp_codec_kind(codec), .codec = &codec, .problem = reason },
            });
}

static void
on_data_open(void *arg, struct hp_session *session)
{
    const struct hp_room *room = arg;
    hp_cursor_greet(room->cursor, session);
}

// The rule control_protection: controls are locked while no admin is connected.
static void
on_admins(void *arg, struct hp_session *admin, bool are_there)
{
    struct hp_room *room = arg;
    if (!room->rules.control_protection || room->rules.locked_controls == !are_there) {
        return;
    }
    struct hp_rules rules;
    hp_rules_copy(&rules, &room->rules);
    rules.locked_controls = !are_there;
    hp_room_set_rules(room, admin, &rules);
    hp_rules_finish(&rules);
}

// ---- the end: sessions with their peers, the plugins' work under way (which takes frames of
// streams), streams (which use elements of plugins), plugins, the rest ----

static void
destroy(struct hp_room *room)
{
    hp_timer_stop(&room->sweep);
    hp_lobby_destroy(room->lobby);
    hp_lines_destroy(room->lines);
    hp_parcels_destroy(room->parcels);
    hp_cursor_destroy(room->cursor);
    hp_control_destroy(room->control);
    hp_desktop_destroy(room->desktop);
    hp_sessions_destroy(room->sessions);
    hp_members_destroy(room->members);
    hp_notices_destroy(room->notices);
    hp_rules_finish(&room->rules);
    g_free(room);
}

static void
on_plugins_closed(void *arg)
{
    struct hp_room *room = arg;
    void (*done)(void *arg) = room->done;
    void *done_arg = room->done_arg;
    destroy(room);
    done(done_arg);
}

static void
on_streams_closed(void *arg)
{
    struct hp_room *room = arg;
    room->streams = room->services.streams = NULL;
    hp_plugins_close(room->plugins, on_plugins_closed, room);
}

static void
on_plugins_quiet(void *arg)
{
    const struct hp_room *room = arg;
    hp_streams_close(room->streams);
}

static void
on_empty(void *arg)
{
    const struct hp_room *room = arg;
    hp_plugins_quiesce(room->plugins, on_plugins_quiet, arg);
}

static const struct hp_streams_cbs streams_cbs = {
    .on_source = on_source,
    .on_state = on_media,
    .on_closed = on_streams_closed,
};

static const struct hp_lobby_cbs lobby_cbs = { .on_admins = on_admins, .on_empty = on_empty };

void
hp_room_shutdown(struct hp_room *room, void (*done)(void *arg), void *arg)
{
    assert(!room->is_closing);
    room->is_closing = room->services.is_closing = true;
    room->done = done;
    room->done_arg = arg;
    hp_timer_stop(&room->sweep);
    hp_cursor_stop(room->cursor);
    hp_lobby_close(room->lobby);
}

// ---- the beginning ----

static void
on_sweep(void *arg)
{
    struct hp_room *room = arg;
    struct hp_session *session;
    int64_t expiry_us = hp_sessions_expiry_us(room->sessions);
    while ((session = hp_sessions_find_stale(room->sessions, expiry_us)) != NULL) {
        hp_lobby_end(session);
    }
    hp_timer_start(&room->sweep, SWEEP_INTERVAL_US);
}

static void
init_rules(struct hp_room *room, const struct hp_rules *rules)
{
    if (rules != NULL) {
        hp_rules_copy(&room->rules, rules);
    } else {
        hp_rules_init(&room->rules);
    }
    if (room->rules.control_protection) {
        room->rules.locked_controls = true; // no admin is connected yet
    }
}

static struct hp_sessions *
create_sessions(const struct hp_room_params *params)
{
    return hp_sessions_create(&(struct hp_sessions_params){
            .workers = params->workers,
            .worker_count = params->worker_count,
            .max_sessions =
                    (unsigned) hp_fallback_apply(params->max_sessions, DEFAULT_MAX_SESSIONS),
            .expiry_us = hp_fallback_apply(params->session_expiry_ms, DEFAULT_EXPIRY_MS) * 1000,
    });
}

static struct hp_cursor *
create_cursor(const struct hp_room *room, const struct hp_room_params *params)
{
    return hp_cursor_create(&(struct hp_cursor_params){
            .home = params->home,
            .sessions = room->sessions,
            .control = room->control,
            .notices = room->notices,
            .rules = &room->rules,
    });
}

static struct hp_streams *
create_streams(struct hp_room *room, const struct hp_room_params *params)
{
    return hp_streams_create(
            &(struct hp_streams_params){
                    .home = params->home,
                    .workers = params->workers,
                    .worker_count = params->worker_count,
                    .codecs = params->codecs,
                    .codec_count = params->codec_count,
                    .processors = params->processors,
                    .make_pipeline = params->make_pipeline,
                    .make_pipeline_arg = params->make_pipeline_arg,
            },
            &streams_cbs, room);
}

static void
init_services(struct hp_room *room, const struct hp_room_params *params)
{
    room->services = (struct hp_services){
        .control = room->control,
        .cursor = room->cursor,
        .desktop = room->desktop,
        .notices = room->notices,
        .parcels = room->parcels,
        .plugins = room->plugins,
        .streams = room->streams,
        .rules = &room->rules,
        .home = params->home,
        .tap_worker = params->workers[0],
    };
}

static void
init_stage(struct hp_room *room, const struct hp_room_params *params)
{
    room->stage = (struct hp_stage_params){
        .home = params->home,
        .rtc = params->rtc,
        .streams = room->streams,
        .lines = room->lines,
        .notices = room->notices,
        .rules = &room->rules,
        .codecs = room->codecs,
        .codec_count = params->codec_count,
        .on_data_open = on_data_open,
        .arg = room,
    };
}

static struct hp_lobby *
create_lobby(struct hp_room *room, const struct hp_room_params *params)
{
    return hp_lobby_create(
            &(struct hp_lobby_params){
                    .home = params->home,
                    .sessions = room->sessions,
                    .members = room->members,
                    .control = room->control,
                    .plugins = room->plugins,
                    .notices = room->notices,
                    .rules = &room->rules,
                    .stage = &room->stage,
                    .grace_us = hp_fallback_apply(params->grace_ms, DEFAULT_GRACE_MS) * 1000,
            },
            &lobby_cbs, room);
}

struct hp_room *
hp_room_create(const struct hp_room_params *params)
{
    assert(params->codec_count <= HP_CODECS);
    struct hp_room *room = g_new0(struct hp_room, 1);
    memcpy(room->codecs, params->codecs, params->codec_count * sizeof(*params->codecs));
    init_rules(room, params->rules);
    room->notices = hp_notices_create();
    room->members = hp_members_create(&params->members);
    room->sessions = create_sessions(params);
    room->desktop = hp_desktop_create(room->notices, room->sessions);
    room->control = hp_control_create(params->home, &room->rules, &control_cbs, room);
    room->cursor = create_cursor(room, params);
    room->streams = create_streams(room, params);
    room->lines = hp_lines_create(&(struct hp_lines_params){
            .streams = room->streams, .worker = params->workers[0], .home = params->home });
    room->parcels = hp_parcels_create(params->home, room->sessions);
    room->plugins =
            hp_plugins_create(params->home, params->jobs, &hp_services_cbs, &room->services);
    init_services(room, params);
    init_stage(room, params);
    room->lobby = create_lobby(room, params);
    hp_bucket_init(&room->log_lines, LINES_PER_S, LINE_BURST);
    hp_timer_init(&room->sweep, params->home, on_sweep, room);
    hp_timer_start(&room->sweep, SWEEP_INTERVAL_US);
    hp_cursor_check_rules(room->cursor);
    return room;
}

bool
hp_room_start_plugin(struct hp_room *room, const struct hp_plugin *plugin, const void *options)
{
    return hp_plugins_start(room->plugins, plugin, options);
}

bool
hp_room_add_source(struct hp_room *room, const struct hp_plugin_source *source)
{
    return hp_streams_add_source(room->streams, source);
}

// ---- while it runs ----

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

struct hp_lobby *
hp_room_lobby(struct hp_room *room)
{
    return room->lobby;
}

struct hp_notices *
hp_room_notices(struct hp_room *room)
{
    return room->notices;
}

struct hp_plugins *
hp_room_plugins(struct hp_room *room)
{
    return room->plugins;
}

const struct hp_desktop *
hp_room_desktop(const struct hp_room *room)
{
    return room->desktop;
}

const char *
hp_room_video_name(const struct hp_room *room)
{
    return hp_streams_video_name(room->streams);
}

const struct hp_rules *
hp_room_rules(const struct hp_room *room)
{
    return &room->rules;
}

void
hp_room_set_rules(struct hp_room *room, struct hp_session *by, const struct hp_rules *rules)
{
    struct hp_rules old = room->rules;
    hp_rules_copy(&room->rules, rules);
    hp_rules_finish(&old);
    hp_notices_tell(room->notices,
            &(struct hp_notice){ .kind = HP_NOTICE_RULES, .about = by, .rules = &room->rules });
    hp_control_check(room->control, by);
    const GPtrArray *all = hp_sessions_all(room->sessions);
    for (unsigned i = 0; i < all->len; i++) {
        struct hp_session *session = g_ptr_array_index(all, i);
        hp_stage_update_tracks(session->stage);
    }
    hp_cursor_check_rules(room->cursor);
}

bool
hp_room_set_screen(struct hp_room *room, struct hp_session *by, int width, int height, int rate)
{
    const struct hp_plugin_screen screen = {
        .size = sizeof(screen), .width = width, .height = height, .rate = rate
    };
    hp_desktop_expect_screen(room->desktop, by);
    bool is_possible = hp_plugins_set_screen(room->plugins, &screen);
    if (!is_possible) {
        hp_desktop_expect_screen(room->desktop, NULL);
    }
    return is_possible;
}

bool
hp_room_send_letter(struct hp_room *room, struct hp_session *from, const struct hp_session *to,
        const char *subject, const char *body)
{
    if (!hp_bucket_take(&from->letters, body == NULL ? 0 : (double) strlen(body))) {
        return false;
    }
    hp_notices_tell(room->notices,
            &(struct hp_notice){
                    .kind = HP_NOTICE_LETTER,
                    .to = to,
                    .about = from,
                    .letter = { .subject = subject, .body = body },
            });
    return true;
}

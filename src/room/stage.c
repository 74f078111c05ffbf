// stage.c - what one session watches: its present peer, the one that is being closed, and the talk of
// signaling about them.
// Owner: hp_session.  Thread: main.
#include "room/stage.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "stage"
#include "base/clock.h"
#include "base/log.h"
#include "room/outbox.h"
#include "room/room_parts.h"
#include "room/seat.h"
#include "room/stage_json.h"
#include "room/viewer.h"

enum {
    MIN_INTERVAL_US = 200000, // between two new peers of one session
    MAX_ALIVE = 2, // peers of one session, the closing ones too
    MAX_CANDIDATES = 64, // of a browser, per description
};

struct hp_stage {
    struct hp_session *session;
    void (*on_data_open)(struct hp_session *session);
    struct hp_viewer *current;
    unsigned closing; // viewers whose on_closed is still to come
    bool is_wanted; // a new viewer, as soon as there is a place for it
    bool has_provided, is_restarting;
    enum hp_peer_state state;
    unsigned candidates;
    int64_t created_us;
    struct hp_timer pace;
    bool is_video_disabled, is_audio_disabled; // by the person
    void (*done)(struct hp_session *session); // not NULL: is closing
};

static void
set_watching(struct hp_stage *stage, bool is_watching)
{
    struct hp_session *session = stage->session;
    if (session->is_watching != is_watching) {
        hp_session_set_watching(session, is_watching);
        hp_outbox_broadcast(
                session->room, NULL, "session/state", hp_session_state_to_json(session, true));
    }
}

static void
close_current(struct hp_stage *stage)
{
    if (stage->current != NULL) {
        stage->closing++;
        hp_viewer_close(stage->current);
        stage->current = NULL;
    }
}

static json_t *
video_to_json(const struct hp_stage *stage)
{
    return hp_stage_json_video(
            stage->is_video_disabled, hp_streams_video_name(stage->session->room->streams));
}

static void
send_provide(struct hp_stage *stage, const char *sdp)
{
    json_t *payload = json_object();
    json_object_set_new(payload, "sdp", json_string(sdp));
    json_object_set(payload, "iceservers", stage->session->room->ice_servers);
    json_object_set_new(payload, "video", video_to_json(stage));
    json_object_set_new(payload, "audio", hp_stage_json_audio(stage->is_audio_disabled));
    hp_outbox_send(stage->session, "signal/provide", payload);
}

static void
on_description(void *arg, struct hp_viewer *viewer, const char *type, const char *sdp)
{
    struct hp_stage *stage = arg;
    if (viewer != stage->current) {
        return;
    }
    const char *event = "signal/offer";
    if (strcmp(type, "answer") == 0) {
        event = "signal/answer";
    } else if (!stage->has_provided) {
        stage->has_provided = true;
        send_provide(stage, sdp);
        return;
    } else if (stage->is_restarting || stage->state == HP_PEER_DISCONNECTED) {
        stage->is_restarting = false;
        event = "signal/restart";
    }
    hp_outbox_send(stage->session, event, json_pack("{s:s}", "sdp", sdp));
}

static void
on_candidate(void *arg, struct hp_viewer *viewer, const char *candidate, const char *mid,
        int mline_index)
{
    struct hp_stage *stage = arg;
    if (viewer == stage->current) {
        hp_outbox_send(stage->session, "signal/candidate",
                json_pack("{s:s, s:s, s:i, s:n}", "candidate", candidate, "sdpMid",
                        mid != NULL ? mid : "", "sdpMLineIndex", mline_index, "usernameFragment"));
    }
}

static void
on_state(void *arg, struct hp_viewer *viewer, enum hp_peer_state state, enum hp_status status)
{
    struct hp_stage *stage = arg;
    if (viewer != stage->current) {
        return;
    }
    stage->state = state;
    hp_outbox_send(stage->session, "hairpin/status", hp_stage_json_status(state, status));
    switch (state) {
    case HP_PEER_CONNECTING: break;
    case HP_PEER_CONNECTED:
        log_info("%s watches", stage->session->id);
        set_watching(stage, true);
        break;
    case HP_PEER_DISCONNECTED:
        log_info("%s: the path is silent", stage->session->id);
        hp_seat_post_release(stage->session->seat);
        break;
    case HP_PEER_FAILED:
        log_info("%s: the peer failed: %s", stage->session->id, hp_status_name(status));
        hp_stage_end(stage, true);
        break;
    }
}

static void
on_stats(void *arg, struct hp_viewer *viewer, const struct hp_peer_stats *stats)
{
    struct hp_stage *stage = arg;
    if (viewer == stage->current) {
        hp_outbox_send(stage->session, "hairpin/stats", hp_stage_json_stats(stats));
    }
}

static void
on_channel(void *arg, struct hp_viewer *viewer, const char *label, bool is_open)
{
    struct hp_stage *stage = arg;
    if (viewer == stage->current && is_open && strcmp(label, "data") == 0) {
        stage->on_data_open(stage->session);
    }
}

static void
on_closed(void *arg, struct hp_viewer *viewer)
{
    struct hp_stage *stage = arg;
    (void) viewer;
    stage->closing--;
    if (stage->done != NULL && stage->closing == 0) {
        stage->done(stage->session);
    } else if (stage->is_wanted && !hp_timer_is_running(&stage->pace)) {
        hp_timer_start(&stage->pace, 0); // there is a place now
    }
}

static const struct hp_viewer_cbs viewer_cbs = {
    .on_description = on_description,
    .on_candidate = on_candidate,
    .on_state = on_state,
    .on_stats = on_stats,
    .on_channel = on_channel,
    .on_closed = on_closed,
};

void
hp_stage_tell_media(struct hp_stage *stage)
{
    struct hp_room *room = stage->session->room;
    if (!hp_streams_has_kind(room->streams, HP_TRACK_VIDEO)) {
        hp_outbox_send(stage->session, "hairpin/media",
                hp_stage_json_media("video", NULL, "There is no picture yet."));
    }
    for (unsigned i = 0; i < room->codec_count; i++) {
        const char *reason = hp_streams_failure(room->streams, room->codecs[i]);
        if (reason != NULL) {
            hp_outbox_send(stage->session, "hairpin/media",
                    hp_stage_json_media(hp_stage_json_kind(room->codecs[i]),
                            hp_codec_name(room->codecs[i]), reason));
        }
    }
}

static void
start(struct hp_stage *stage)
{
    struct hp_session *session = stage->session;
    struct hp_room *room = session->room;
    stage->created_us = hp_clock_now_us();
    stage->has_provided = stage->is_restarting = false;
    stage->state = HP_PEER_CONNECTING;
    stage->candidates = 0;
    stage->current = hp_viewer_create(
            &(struct hp_viewer_params){
                    .peer = { .id = session->id,
                            .rtc = room->rtc,
                            .worker = session->worker,
                            .home = room->home,
                            .codecs = room->codecs,
                            .codec_count = room->codec_count,
                            .dialect = HP_DIALECT_V3 },
                    .seat = session->seat,
                    .streams = room->streams,
            },
            &viewer_cbs, stage);
    if (stage->current == NULL) {
        hp_outbox_send(session, "signal/close", json_null()); // the reason is logged
        return;
    }
    hp_stage_update_tracks(stage);
    hp_peer_offer(hp_viewer_peer(stage->current), false);
    hp_outbox_send(session, "signal/video", video_to_json(stage));
    hp_outbox_send(session, "signal/audio", hp_stage_json_audio(stage->is_audio_disabled));
    hp_stage_tell_media(stage);
}

static void
try_start(struct hp_stage *stage)
{
    int64_t wait_us = stage->created_us + MIN_INTERVAL_US - hp_clock_now_us();
    if (!stage->is_wanted || stage->done != NULL || hp_timer_is_running(&stage->pace)) {
        return;
    }
    if (stage->created_us != 0 && wait_us > 0) {
        hp_timer_start(&stage->pace, wait_us);
        return;
    }
    if (stage->closing + (stage->current != NULL) >= MAX_ALIVE) {
        return; // on_closed starts the timer
    }
    stage->is_wanted = false;
    close_current(stage);
    start(stage);
}

static void
on_pace(void *arg)
{
    try_start(arg);
}

struct hp_stage *
hp_stage_create(struct hp_session *session, void (*on_data_open)(struct hp_session *session))
{
    struct hp_stage *stage = g_new0(struct hp_stage, 1);
    stage->session = session;
    stage->on_data_open = on_data_open;
    hp_timer_init(&stage->pace, session->room->home, on_pace, stage);
    return stage;
}

void
hp_stage_close(struct hp_stage *stage, void (*done)(struct hp_session *session))
{
    hp_timer_stop(&stage->pace);
    close_current(stage);
    stage->is_wanted = false;
    stage->done = done;
    if (stage->closing == 0) {
        done(stage->session);
    }
}

void
hp_stage_destroy(struct hp_stage *stage)
{
    g_free(stage);
}

static bool
is_known_video(const struct hp_stage *stage, const char *id)
{
    const char *name = hp_streams_video_name(stage->session->room->streams);
    return id == NULL || id[0] == '\0' || (name != NULL && strcmp(name, id) == 0);
}

static void
take_selection(struct hp_stage *stage, const struct hp_selection *selection)
{
    if (selection->video_disabled >= 0) {
        stage->is_video_disabled = selection->video_disabled != 0;
    }
    if (selection->audio_disabled >= 0) {
        stage->is_audio_disabled = selection->audio_disabled != 0;
    }
}

bool
hp_stage_request(struct hp_stage *stage, const struct hp_selection *selection)
{
    if (stage->done != NULL || !is_known_video(stage, selection->video_id)) {
        return false;
    }
    stage->is_video_disabled = selection->video_disabled == 1;
    stage->is_audio_disabled = selection->audio_disabled == 1;
    stage->is_wanted = true;
    try_start(stage);
    return true;
}

void
hp_stage_end(struct hp_stage *stage, bool tell)
{
    bool had_one = stage->current != NULL || stage->is_wanted;
    hp_timer_stop(&stage->pace);
    stage->is_wanted = false;
    close_current(stage);
    set_watching(stage, false);
    if (tell && had_one) {
        hp_outbox_send(stage->session, "signal/close", json_null());
    }
}

bool
hp_stage_restart(struct hp_stage *stage)
{
    if (stage->current == NULL) {
        return false;
    }
    stage->is_restarting = true;
    hp_peer_offer(hp_viewer_peer(stage->current), true);
    return true;
}

bool
hp_stage_set_remote(struct hp_stage *stage, const char *type, const char *sdp)
{
    if (stage->current == NULL) {
        return false;
    }
    stage->candidates = 0;
    hp_peer_set_remote(hp_viewer_peer(stage->current), type, sdp);
    return true;
}

bool
hp_stage_add_candidate(
        struct hp_stage *stage, const char *candidate, const char *mid, int mline_index)
{
    if (stage->current == NULL || ++stage->candidates > MAX_CANDIDATES) {
        return false;
    }
    hp_peer_add_candidate(hp_viewer_peer(stage->current), candidate, mid, mline_index);
    return true;
}

bool
hp_stage_select(
        struct hp_stage *stage, const struct hp_selection *selection, enum hp_track_kind kind)
{
    if (stage->current == NULL || !is_known_video(stage, selection->video_id)) {
        return false;
    }
    take_selection(stage, selection);
    hp_stage_update_tracks(stage);
    if (kind == HP_TRACK_VIDEO) {
        hp_outbox_send(stage->session, "signal/video", video_to_json(stage));
    } else {
        hp_outbox_send(
                stage->session, "signal/audio", hp_stage_json_audio(stage->is_audio_disabled));
    }
    return true;
}

void
hp_stage_update_tracks(struct hp_stage *stage)
{
    const struct hp_session *session = stage->session;
    bool is_paused = session->room->rules.private_mode && !session->profile.is_admin;
    if (stage->current != NULL) {
        struct hp_peer *peer = hp_viewer_peer(stage->current);
        hp_peer_enable_track(peer, HP_TRACK_VIDEO, !stage->is_video_disabled && !is_paused);
        hp_peer_enable_track(peer, HP_TRACK_AUDIO, !stage->is_audio_disabled && !is_paused);
    }
}

void
hp_stage_send(struct hp_stage *stage, const char *label, const void *data, unsigned size)
{
    if (stage->current != NULL) {
        hp_peer_send(hp_viewer_peer(stage->current), label, data, size);
    }
}

bool
hp_stage_has_peer(const struct hp_stage *stage)
{
    return stage->current != NULL;
}

bool
hp_stage_request_stats(struct hp_stage *stage)
{
    if (stage->current == NULL) {
        return false;
    }
    hp_peer_request_stats(hp_viewer_peer(stage->current));
    return true;
}

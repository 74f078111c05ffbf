// stage.c - the media of one session: its present peer, the peers that are being closed, and the
// exchange of descriptions with the browser.
// Owner: hp_session.  Thread: main.
#include "room/stage.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "stage"
#include "base/clock.h"
#include "base/log.h"
#include "room/notice.h"
#include "room/notices.h"
#include "member/rules.h"
#include "peer/peer_limits.h"
#include "plugin/seat.h"
#include "room/session.h"
#include "media/streams.h"
#include "viewer/line.h"
#include "viewer/tunnel.h"
#include "viewer/viewer.h"

enum {
    MIN_INTERVAL_US = 200000, // between two new peers of one session
    MAX_ALIVE = 2, // peers of one session, including those that are being closed
    MAX_CANDIDATES = 64, // candidates of a browser, per description
};

struct hp_stage {
    const struct hp_stage_params *params;
    struct hp_session *session;
    struct hp_viewer *current;
    struct hp_tunnel *tunnel; // NULL: none
    unsigned closing; // number of viewers whose on_closed has not come yet
    unsigned closing_tunnels;
    bool is_wanted; // a new viewer is wanted, as soon as there is a place for it
    bool has_provided, is_restarting;
    enum hp_peer_state state;
    unsigned candidates;
    int64_t created_us;
    struct hp_timer pace;
    struct hp_peer_limits limits; // of all its viewers, on the session's worker
    bool is_video_disabled, is_audio_disabled; // switched off by the person
    void (*done)(void *arg, struct hp_session *session); // not NULL: the stage is being closed
    void *done_arg;
};

// Tells the session of this stage.
static void
tell(const struct hp_stage *stage, struct hp_notice notice)
{
    notice.to = stage->session;
    hp_notices_tell(stage->params->notices, &notice);
}

// By the peer; by the tunnel it watches as long as there is one.
static void
set_watching(struct hp_stage *stage, bool is_by_peer)
{
    struct hp_session *session = stage->session;
    bool is_watching = is_by_peer || stage->tunnel != NULL;
    if (session->is_watching != is_watching) {
        hp_session_set_watching(session, is_watching);
        hp_notices_tell(stage->params->notices,
                &(struct hp_notice){ .kind = HP_NOTICE_PRESENCE, .about = session });
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

static struct hp_notice_video
video_of(const struct hp_stage *stage)
{
    return (struct hp_notice_video){
        .is_disabled = stage->is_video_disabled,
        .name = hp_streams_video_name(stage->params->streams),
    };
}

static void
tell_video(const struct hp_stage *stage)
{
    tell(stage, (struct hp_notice){ .kind = HP_NOTICE_VIDEO, .video = video_of(stage) });
}

static void
tell_audio(const struct hp_stage *stage)
{
    tell(stage,
            (struct hp_notice){ .kind = HP_NOTICE_AUDIO, .audio = { stage->is_audio_disabled } });
}

static void
tell_closed(const struct hp_stage *stage)
{
    tell(stage, (struct hp_notice){ .kind = HP_NOTICE_PEER_CLOSED });
}

// What the description that the peer has just made means for the browser.
static enum hp_description_role
find_role(struct hp_stage *stage, const char *type)
{
    if (strcmp(type, "answer") == 0) {
        return HP_DESCRIPTION_ANSWER;
    }
    if (!stage->has_provided) {
        stage->has_provided = true;
        return HP_DESCRIPTION_FIRST;
    }
    if (stage->is_restarting || stage->state == HP_PEER_DISCONNECTED) {
        stage->is_restarting = false;
        return HP_DESCRIPTION_RESTART;
    }
    return HP_DESCRIPTION_OFFER;
}

static void
on_description(void *arg, struct hp_viewer *viewer, const char *type, const char *sdp)
{
    struct hp_stage *stage = arg;
    if (viewer != stage->current) {
        return;
    }
    tell(stage,
            (struct hp_notice){
                    .kind = HP_NOTICE_DESCRIPTION,
                    .description = { .role = find_role(stage, type),
                            .sdp = sdp,
                            .video = video_of(stage),
                            .is_audio_disabled = stage->is_audio_disabled },
            });
}

static void
on_candidate(void *arg, struct hp_viewer *viewer, const char *candidate, const char *mid,
        int mline_index)
{
    struct hp_stage *stage = arg;
    if (viewer == stage->current) {
        tell(stage,
                (struct hp_notice){
                        .kind = HP_NOTICE_CANDIDATE,
                        .candidate = { .text = candidate, .mid = mid, .mline_index = mline_index },
                });
    }
}

// Everything has ended, and that is waited for.
static bool
tell_done(struct hp_stage *stage)
{
    if (stage->done == NULL || stage->closing > 0 || stage->closing_tunnels > 0) {
        return false;
    }
    stage->done(stage->done_arg, stage->session);
    return true;
}

static void
on_tunnel_closed(void *arg)
{
    struct hp_stage *stage = arg;
    stage->closing_tunnels--;
    tell_done(stage);
}

static struct hp_tunnel *
take_tunnel(struct hp_stage *stage)
{
    struct hp_tunnel *tunnel = stage->tunnel;
    stage->tunnel = NULL;
    stage->closing_tunnels += tunnel != NULL;
    return tunnel;
}

static void
end_tunnel(struct hp_stage *stage, bool is_replaced)
{
    struct hp_tunnel *tunnel = take_tunnel(stage);
    if (tunnel != NULL) {
        hp_tunnel_end(tunnel, is_replaced, on_tunnel_closed, stage);
    }
}

static void
end_peer(struct hp_stage *stage, bool tell)
{
    bool had_one = stage->current != NULL || stage->is_wanted;
    hp_timer_stop(&stage->pace);
    stage->is_wanted = false;
    close_current(stage);
    set_watching(stage, false);
    if (tell && had_one) {
        tell_closed(stage);
    }
}

// The present peer has failed: it ends, and the browser is told to ask again; unless the browser
// has asked already, then a new peer follows.
static void
lose_peer(struct hp_stage *stage)
{
    if (!stage->is_wanted) {
        end_peer(stage, true);
        return;
    }
    close_current(stage);
    set_watching(stage, false);
}

static void
on_state(void *arg, struct hp_viewer *viewer, enum hp_peer_state state, enum hp_status status)
{
    struct hp_stage *stage = arg;
    if (viewer != stage->current) {
        return;
    }
    stage->state = state;
    tell(stage,
            (struct hp_notice){
                    .kind = HP_NOTICE_PEER_STATE,
                    .peer_state = { .state = state, .status = status },
            });
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
        log_info("%s: the peer %s: %s", stage->session->id,
                status == HP_STATUS_CLOSED ? "ended" : "failed", hp_status_name(status));
        lose_peer(stage);
        break;
    }
}

static void
on_stats(void *arg, struct hp_viewer *viewer, const struct hp_peer_stats *stats)
{
    struct hp_stage *stage = arg;
    if (viewer == stage->current) {
        tell(stage, (struct hp_notice){ .kind = HP_NOTICE_STATS, .stats = stats });
    }
}

static void
on_data_open(void *arg, struct hp_viewer *viewer)
{
    struct hp_stage *stage = arg;
    if (viewer == stage->current) {
        stage->params->on_data_open(stage->params->arg, stage->session);
    }
}

static void
on_closed(void *arg, struct hp_viewer *viewer)
{
    struct hp_stage *stage = arg;
    (void) viewer;
    stage->closing--;
    if (tell_done(stage)) {
        return;
    }
    if (stage->is_wanted && !hp_timer_is_running(&stage->pace)) {
        hp_timer_start(&stage->pace, 0); // a place has become free
    }
}

static const struct hp_viewer_cbs viewer_cbs = {
    .on_description = on_description,
    .on_candidate = on_candidate,
    .on_state = on_state,
    .on_stats = on_stats,
    .on_data_open = on_data_open,
    .on_closed = on_closed,
};

static void
tell_problem(const struct hp_stage *stage, const enum hp_codec *codec, const char *problem)
{
    tell(stage,
            (struct hp_notice){
                    .kind = HP_NOTICE_MEDIA,
                    .media = { .kind = hp_codec_kind(*codec), .codec = codec, .problem = problem },
            });
}

void
hp_stage_tell_media(struct hp_stage *stage)
{
    const struct hp_stage_params *params = stage->params;
    if (!hp_streams_has_kind(params->streams, HP_TRACK_VIDEO)) {
        tell(stage,
                (struct hp_notice){
                        .kind = HP_NOTICE_MEDIA,
                        .media = { .kind = HP_TRACK_VIDEO,
                                .problem = "There is no picture yet.",
                                .is_starting = true },
                });
    }
    for (unsigned i = 0; i < params->codec_count; i++) {
        const enum hp_codec *codec = &params->codecs[i];
        const char *problem = hp_streams_failure(params->streams, *codec);
        if (problem != NULL) {
            tell_problem(stage, codec, problem);
        }
    }
}

static void
start(struct hp_stage *stage)
{
    const struct hp_stage_params *params = stage->params;
    struct hp_session *session = stage->session;
    stage->created_us = hp_clock_now_us();
    stage->has_provided = stage->is_restarting = false;
    stage->state = HP_PEER_CONNECTING;
    stage->candidates = 0;
    stage->current = hp_viewer_create(
            &(struct hp_viewer_params){
                    .peer = { .id = session->id,
                            .address = session->address,
                            .host = session->host,
                            .rtc = params->rtc,
                            .worker = session->worker,
                            .home = params->home,
                            .codecs = params->codecs,
                            .codec_count = params->codec_count,
                            .dialect = session->dialect,
                            .limits = &stage->limits },
                    .seat = session->seat,
                    .streams = params->streams,
            },
            &viewer_cbs, stage);
    if (stage->current == NULL) {
        tell_closed(stage); // hp_viewer_create() has logged the reason
        return;
    }
    hp_stage_update_tracks(stage);
    hp_peer_offer(hp_viewer_peer(stage->current), false);
    tell_video(stage);
    tell_audio(stage);
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
        return; // on_closed starts the timer when a place is free
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
hp_stage_create(const struct hp_stage_params *params, struct hp_session *session)
{
    struct hp_stage *stage = g_new0(struct hp_stage, 1);
    stage->params = params;
    stage->session = session;
    hp_timer_init(&stage->pace, params->home, on_pace, stage);
    return stage;
}

void
hp_stage_close(
        struct hp_stage *stage, void (*done)(void *arg, struct hp_session *session), void *arg)
{
    hp_timer_stop(&stage->pace);
    end_tunnel(stage, false);
    close_current(stage);
    stage->is_wanted = false;
    stage->done = done;
    stage->done_arg = arg;
    tell_done(stage);
}

void
hp_stage_destroy(struct hp_stage *stage)
{
    g_free(stage);
}

static bool
is_known_video(const struct hp_stage *stage, const char *id)
{
    const char *name = hp_streams_video_name(stage->params->streams);
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
    end_tunnel(stage, false);
    end_peer(stage, tell);
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
    if (!hp_peer_set_remote(hp_viewer_peer(stage->current), type, sdp)) {
        return false;
    }
    stage->candidates = 0;
    return true;
}

bool
hp_stage_add_candidate(
        struct hp_stage *stage, const char *candidate, const char *mid, int mline_index)
{
    if (stage->current == NULL || ++stage->candidates > MAX_CANDIDATES) {
        return false;
    }
    return hp_peer_add_candidate(hp_viewer_peer(stage->current), candidate, mid, mline_index);
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
        tell_video(stage);
    } else {
        tell_audio(stage);
    }
    return true;
}

void
hp_stage_update_tracks(struct hp_stage *stage)
{
    const struct hp_session *session = stage->session;
    bool is_paused = stage->params->rules->private_mode && !session->profile.is_admin;
    bool has_video = !stage->is_video_disabled && !is_paused;
    bool has_audio = !stage->is_audio_disabled && !is_paused;
    if (stage->current != NULL) {
        struct hp_peer *peer = hp_viewer_peer(stage->current);
        hp_peer_enable_track(peer, HP_TRACK_VIDEO, has_video);
        hp_peer_enable_track(peer, HP_TRACK_AUDIO, has_audio);
    }
    if (stage->tunnel != NULL) {
        hp_tunnel_enable(stage->tunnel, HP_TRACK_VIDEO, has_video);
        hp_tunnel_enable(stage->tunnel, HP_TRACK_AUDIO, has_audio);
    }
}

struct hp_tunnel *
hp_stage_open_tunnel(struct hp_stage *stage, const struct hp_tunnel_outlet *outlet,
        const enum hp_codec *wanted, unsigned count, const char *names[HP_TRACK_KINDS])
{
    const struct hp_stage_params *room = stage->params;
    struct hp_tunnel_params params = { .home = room->home, .outlet = *outlet };
    const struct hp_tunnel_wish wish = { room->codecs, room->codec_count, wanted, count };
    if (stage->done != NULL || !hp_tunnel_choose(room->lines, &wish, params.lines, names)) {
        return NULL;
    }
    end_tunnel(stage, true);
    stage->tunnel = hp_tunnel_create(&params);
    hp_stage_update_tracks(stage);
    if (hp_bucket_take(&stage->session->lines, 1)) {
        log_info("%s watches by the tunnel (%s)", stage->session->id, names[HP_TRACK_VIDEO]);
    }
    set_watching(stage, true);
    hp_stage_tell_media(stage);
    room->on_data_open(room->arg, stage->session);
    return stage->tunnel;
}

void
hp_stage_close_tunnel(struct hp_stage *stage)
{
    hp_tunnel_close(take_tunnel(stage), on_tunnel_closed, stage);
    if (stage->current == NULL || stage->state != HP_PEER_CONNECTED) {
        hp_seat_post_release(stage->session->seat); // nobody can send "key up" any more
    }
    set_watching(stage, stage->current != NULL && stage->state != HP_PEER_CONNECTING);
}

bool
hp_stage_is_tunneled(const struct hp_stage *stage)
{
    return stage->tunnel != NULL && (stage->current == NULL || stage->state != HP_PEER_CONNECTED);
}

void
hp_stage_show_source(struct hp_stage *stage, enum hp_track_kind kind)
{
    hp_stage_update_tracks(stage); // what could not be attached is tried again
    if (stage->current != NULL && kind == HP_TRACK_VIDEO) {
        tell_video(stage); // the first notice had no name
    }
}

void
hp_stage_send(struct hp_stage *stage, const char *label, const void *data, unsigned size)
{
    if (hp_stage_is_tunneled(stage)) {
        if (strcmp(label, "data") == 0) {
            hp_tunnel_send(stage->tunnel, data, size);
        }
    } else if (stage->current != NULL) {
        hp_peer_send(hp_viewer_peer(stage->current), label, data, size);
    }
}

bool
hp_stage_has_peer(const struct hp_stage *stage)
{
    return stage->current != NULL;
}

struct hp_peer *
hp_stage_peer(const struct hp_stage *stage)
{
    return stage->current != NULL ? hp_viewer_peer(stage->current) : NULL;
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

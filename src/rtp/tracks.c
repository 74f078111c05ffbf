// tracks.c - what flows to one browser: two tracks, their pacer, the reports both ways.
// Owner: hp_endpoint.  Thread: the peer's worker.
#include "rtp/tracks.h"

#include <assert.h>

#include <glib.h>

#include "base/clock.h"
#include "base/rtp_transport.h"
#include "base/timer.h"
#include "base/worker.h"
#include "rtp/pacer.h"
#include "rtp/receiver.h"
#include "rtp/sender.h"
#include "rtp/track.h"
#include "wire/rtcp.h"

enum {
    REPORT_INTERVAL_US = 1000 * 1000,
    REPORT_SIZE_MAX = 512,
    // Whoever sends nothing at all is gone most likely, and the consent of a path (RFC 7675) takes
    // 30 s to run out.
    QUIET_US = 10 * 1000 * 1000,
};

// The browser's last report about a track.
struct last_report {
    uint32_t highest_seq, last_sr;
};

// Whether our packets arrive at the browser.
struct proof {
    int64_t last_us;  // when the last proof came; 0: the browser gives none
    uint64_t packets; // how many packets had been sent by then
    int64_t since_us; // when a packet was first seen to be sent after the proof; 0: none yet
};

struct hp_tracks {
    struct hp_worker *worker;
    struct hp_rtp_transport *transport;
    uint32_t ssrcs[HP_TRACK_KINDS];
    uint32_t rtx_ssrcs[HP_TRACK_KINDS];
    char *cname;
    struct hp_pacer pacer;
    struct hp_receiver receiver;
    struct hp_track tracks[HP_TRACK_KINDS];
    struct last_report last_reports[HP_TRACK_KINDS];
    struct hp_timer report_timer; // runs while a track is attached
    struct proof proof;
    bool is_paused;   // since nothing came
    int64_t heard_us; // when anything came, hp_clock; 0: never
};

// The track with that SSRC; NULL: none that was agreed has the SSRC.
static struct hp_track *
find_track(struct hp_tracks *tracks, uint32_t ssrc)
{
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        struct hp_track *track = &tracks->tracks[i];
        if (track->sender != NULL && hp_sender_ssrc(track->sender) == ssrc) {
            return track;
        }
    }
    return NULL;
}

static uint64_t
count_packets(const struct hp_tracks *tracks)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        if (tracks->tracks[i].sender != NULL) {
            count += hp_sender_packets(tracks->tracks[i].sender);
        }
    }
    return count;
}

static void
note_proof(struct hp_tracks *tracks)
{
    tracks->proof = (struct proof) {
        .last_us = hp_clock_now_us(), .packets = count_packets(tracks),
    };
}

static int64_t
find_silence(struct hp_tracks *tracks)
{
    struct proof *proof = &tracks->proof;
    if (proof->last_us == 0 || count_packets(tracks) == proof->packets) {
        return 0;
    }
    if (proof->since_us == 0) {
        proof->since_us = hp_clock_now_us();
    }
    return proof->since_us;
}

static void
on_report(void *arg, const struct hp_rtcp_report *report, int64_t round_trip_us)
{
    struct hp_tracks *tracks = arg;
    struct hp_track *track = find_track(tracks, report->ssrc);
    if (track == NULL) {
        return;
    }
    struct last_report *last = &tracks->last_reports[track - tracks->tracks];
    if (report->highest_seq != last->highest_seq || report->last_sr != last->last_sr) {
        *last = (struct last_report){ report->highest_seq, report->last_sr };
        note_proof(tracks);
    }
    hp_sender_handle_report(track->sender, report, round_trip_us);
}

static void
on_nack(void *arg, struct hp_rtcp_nack *nack)
{
    struct hp_track *track = find_track(arg, nack->media_ssrc);
    if (track != NULL) {
        hp_sender_handle_nack(track->sender, nack);
    }
}

static void
on_feedback(void *arg, const struct hp_twcc *twcc)
{
    struct hp_tracks *tracks = arg;
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        if (tracks->tracks[i].sender != NULL) {
            hp_sender_handle_feedback(tracks->tracks[i].sender, twcc);
        }
    }
}

static void
on_keyframe_request(void *arg, uint32_t ssrc)
{
    struct hp_track *track = find_track(arg, ssrc);
    if (track != NULL) {
        hp_sender_request_keyframe(track->sender);
    }
}

static const struct hp_receiver_cbs receiver_cbs = {
    .on_report = on_report,
    .on_nack = on_nack,
    .on_feedback = on_feedback,
    .on_keyframe_request = on_keyframe_request,
};

// A paused track, unlike one whose path is blocked, asks for no keyframes, which all viewers
// would pay for.
static void
set_paused(struct hp_tracks *tracks, bool is_paused)
{
    if (tracks->is_paused == is_paused) {
        return;
    }
    tracks->is_paused = is_paused;
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        hp_track_pause(&tracks->tracks[i], is_paused);
    }
}

static void
pause_if_quiet(struct hp_tracks *tracks)
{
    int64_t since_us = find_silence(tracks);
    if (since_us != 0 && hp_clock_silence_us(MAX(since_us, tracks->heard_us)) > QUIET_US) {
        set_paused(tracks, true);
    }
}

static void
on_report_timer(void *arg)
{
    struct hp_tracks *tracks = arg;
    uint8_t data[REPORT_SIZE_MAX];
    pause_if_quiet(tracks);
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        struct hp_track *track = &tracks->tracks[i];
        if (!hp_track_is_attached(track)) {
            continue;
        }
        hp_sender_remind(track->sender);
        size_t size = hp_sender_write_report(track->sender, data, sizeof(data));
        if (size > 0 && !tracks->pacer.is_blocked && !tracks->is_paused) {
            tracks->transport->ops->send_rtcp(tracks->transport, data, size);
        }
    }
    hp_timer_start(&tracks->report_timer, REPORT_INTERVAL_US);
}

struct hp_tracks *
hp_tracks_create(
        const struct hp_tracks_params *params, const struct hp_track_cbs *cbs, void *arg)
{
    struct hp_tracks *tracks = g_new0(struct hp_tracks, 1);
    tracks->worker = params->worker;
    tracks->transport = params->transport;
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        tracks->ssrcs[i] = params->ssrcs[i];
        tracks->rtx_ssrcs[i] = params->rtx_ssrcs[i];
        hp_track_init(&tracks->tracks[i], params->worker, cbs, arg);
    }
    tracks->cname = g_strdup(params->cname);
    hp_pacer_init(&tracks->pacer, params->worker);
    hp_receiver_init(&tracks->receiver, &receiver_cbs, tracks);
    hp_timer_init(&tracks->report_timer, params->worker, on_report_timer, tracks);
    return tracks;
}

static void
apply(struct hp_tracks *tracks, enum hp_track_kind kind, const struct hp_agreed *agreed)
{
    struct hp_sender_params params = {
        .worker = tracks->worker,
        .kind = kind,
        .ssrc = tracks->ssrcs[kind],
        .rtx_ssrc = tracks->rtx_ssrcs[kind],
        .transport = tracks->transport,
        .pacer = &tracks->pacer,
        .cname = tracks->cname,
    };
    hp_track_apply(&tracks->tracks[kind], agreed, &params);
}

void
hp_tracks_apply(struct hp_tracks *tracks, const struct hp_agreed agreed[HP_TRACK_KINDS])
{
    assert(hp_worker_is_current(tracks->worker));
    apply(tracks, HP_TRACK_VIDEO, &agreed[HP_TRACK_VIDEO]);
    if (!tracks->transport->ops->is_connected(tracks->transport)) {
        return;
    }
    apply(tracks, HP_TRACK_AUDIO, &agreed[HP_TRACK_AUDIO]);
    hp_pacer_open(&tracks->pacer);
    if (!hp_timer_is_running(&tracks->report_timer)) {
        // The first report is sent early: browsers play sound and picture in step only after it.
        hp_timer_start(&tracks->report_timer, REPORT_INTERVAL_US / 10);
    }
}

void
hp_tracks_destroy(struct hp_tracks *tracks)
{
    if (tracks == NULL) {
        return;
    }
    hp_timer_stop(&tracks->report_timer);
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        hp_track_finish(&tracks->tracks[i]);
    }
    hp_pacer_finish(&tracks->pacer);
    g_free(tracks->cname);
    g_free(tracks);
}

bool
hp_tracks_select_level(struct hp_tracks *tracks, enum hp_track_kind kind, unsigned level)
{
    return hp_track_select_level(&tracks->tracks[kind], level);
}

void
hp_tracks_enable(struct hp_tracks *tracks, enum hp_track_kind kind, bool is_enabled)
{
    hp_track_enable(&tracks->tracks[kind], is_enabled);
}

void
hp_tracks_hear(struct hp_tracks *tracks)
{
    tracks->heard_us = hp_clock_now_us();
    set_paused(tracks, false);
}

void
hp_tracks_handle_rtcp(struct hp_tracks *tracks, const uint8_t *data, size_t size)
{
    uint64_t feedback_packets = tracks->receiver.feedback_packets;
    hp_tracks_hear(tracks);
    hp_receiver_handle_rtcp(&tracks->receiver, data, size);
    if (tracks->receiver.feedback_packets != feedback_packets) {
        note_proof(tracks); // a browser sends feedback only about packets that came
    }
}

void
hp_tracks_block(struct hp_tracks *tracks)
{
    hp_pacer_block(&tracks->pacer);
}

void
hp_tracks_handle_writable(struct hp_tracks *tracks)
{
    hp_pacer_unblock(&tracks->pacer);
    hp_tracks_hear(tracks);
    if (tracks->tracks[HP_TRACK_VIDEO].sender != NULL) {
        hp_sender_remind(tracks->tracks[HP_TRACK_VIDEO].sender);
    }
}

void
hp_tracks_refresh(struct hp_tracks *tracks)
{
    if (hp_track_is_attached(&tracks->tracks[HP_TRACK_VIDEO])) {
        hp_sender_request_keyframe(tracks->tracks[HP_TRACK_VIDEO].sender);
    }
}

int64_t
hp_tracks_silent_since_us(struct hp_tracks *tracks)
{
    return find_silence(tracks);
}

int64_t
hp_tracks_last_proof_us(const struct hp_tracks *tracks)
{
    return tracks->proof.last_us;
}

void
hp_tracks_get_stats(const struct hp_tracks *tracks, struct hp_tracks_stats *stats)
{
    *stats = (struct hp_tracks_stats){
        .remb_bps = tracks->receiver.remb_bps,
        .feedback_packets = tracks->receiver.feedback_packets,
        .bad_packets = tracks->receiver.bad_packets,
    };
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        if (tracks->tracks[i].sender == NULL) {
            continue;
        }
        struct hp_sender_stats sender;
        hp_sender_get_stats(tracks->tracks[i].sender, &sender);
        stats->nacks += sender.nacks;
        stats->retransmitted += sender.retransmitted;
        stats->keyframe_requests += sender.keyframe_requests;
        stats->dropped_frames += sender.dropped_frames;
        if (sender.round_trip_us > 0) {
            stats->round_trip_us = sender.round_trip_us;
        }
        if (i == HP_TRACK_VIDEO) {
            stats->fraction_lost = sender.fraction_lost;
        }
    }
}

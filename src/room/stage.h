// stage.h - what one session watches: its present peer, the peers that are being closed, and the
// exchange of descriptions with the browser. At most one new peer per 200 ms and two alive. Main
// thread.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

struct hp_notices;
struct hp_rtc;
struct hp_rules;
struct hp_session;
struct hp_stage;
struct hp_streams;
struct hp_worker;

// What a viewer wants to see and hear: 0, 1, or -1: no change.
struct hp_selection {
    int video_disabled, audio_disabled;
    const char *video_id; // NULL: the first
};

// The same for all stages of a room, which keeps it. All of it outlives the stages.
struct hp_stage_params {
    struct hp_worker *home;
    struct hp_rtc *rtc;
    struct hp_streams *streams;
    struct hp_notices *notices;
    const struct hp_rules *rules;
    const enum hp_codec *codecs; // that viewers may get, best first
    unsigned codec_count;
    // The data channel "data" of a session's present peer has opened.
    void (*on_data_open)(void *arg, struct hp_session *session);
    void *arg;
};

// Owner: hp_session. params: kept. close: the peers end, then done(arg, session) is called, perhaps
// at once.
struct hp_stage *hp_stage_create(const struct hp_stage_params *params, struct hp_session *session);
void hp_stage_close(struct hp_stage *stage, void (*done)(void *arg, struct hp_session *session),
        void *arg);
void hp_stage_destroy(struct hp_stage *stage); // after done

// Asks for a (new) peer: its offer becomes a notice. False: there is no such video.
bool hp_stage_request(struct hp_stage *stage, const struct hp_selection *selection);
// Ends the peer, if there is one. tell: by a notice to the browser.
void hp_stage_end(struct hp_stage *stage, bool tell);

// These are false when there is no peer.
bool hp_stage_restart(struct hp_stage *stage);
bool hp_stage_set_remote(struct hp_stage *stage, const char *type, const char *sdp);
bool hp_stage_add_candidate(
        struct hp_stage *stage, const char *candidate, const char *mid, int mline_index);
bool hp_stage_select(
        struct hp_stage *stage, const struct hp_selection *selection, enum hp_track_kind kind);
// Private mode or rights changed: pauses the tracks or lets them flow.
void hp_stage_update_tracks(struct hp_stage *stage);

// Sends on the data channel of that label; dropped when there is no such channel.
void hp_stage_send(struct hp_stage *stage, const char *label, const void *data, unsigned size);
bool hp_stage_has_peer(const struct hp_stage *stage);
// Tells of streams that are broken, before the viewer can see them as a black picture.
void hp_stage_tell_media(struct hp_stage *stage);
// A notice with the peer's statistics follows.
bool hp_stage_request_stats(struct hp_stage *stage);

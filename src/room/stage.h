// stage.h - what one session watches: its present peer, the one that is being closed, and the talk of
// signaling about them. At most one new peer per 200 ms and two alive. Main thread.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

struct hp_session;
struct hp_stage;

// What a browser wants to see and hear: 0, 1, or -1: as it is.
struct hp_selection {
    int video_disabled, audio_disabled;
    const char *video_id; // NULL: the first
};

// Owner: hp_session. close: the peers end, then done(session) is called, perhaps at once.
// on_data_open: the channel "data" of its present peer has opened.
struct hp_stage *hp_stage_create(
        struct hp_session *session, void (*on_data_open)(struct hp_session *session));
void hp_stage_close(struct hp_stage *stage, void (*done)(struct hp_session *session));
void hp_stage_destroy(struct hp_stage *stage); // after done

// Asks for a (new) peer: its offer goes out as signal/provide. False: there is no such video.
bool hp_stage_request(struct hp_stage *stage, const struct hp_selection *selection);
// Ends the peer, if there is one. The browser is told with signal/close.
void hp_stage_end(struct hp_stage *stage, bool tell);

// These are false when there is no peer.
bool hp_stage_restart(struct hp_stage *stage);
bool hp_stage_set_remote(struct hp_stage *stage, const char *type, const char *sdp);
bool hp_stage_add_candidate(
        struct hp_stage *stage, const char *candidate, const char *mid, int mline_index);
bool hp_stage_select(
        struct hp_stage *stage, const struct hp_selection *selection, enum hp_track_kind kind);
// Private mode or rights changed: pauses or lets flow.
void hp_stage_update_tracks(struct hp_stage *stage);

// Sends on the open data channel of that label; else drops.
void hp_stage_send(struct hp_stage *stage, const char *label, const void *data, unsigned size);
bool hp_stage_has_peer(const struct hp_stage *stage);
// Tells of what is broken before it can be seen as a black picture.
void hp_stage_tell_media(struct hp_stage *stage);
// hairpin/stats follows.
bool hp_stage_request_stats(struct hp_stage *stage);

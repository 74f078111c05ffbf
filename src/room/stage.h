// stage.h - the media of one session: its present peer, the peers that are being closed, and the
// exchange of descriptions with the browser; and its tunnel, which may be there as well. At most
// one new peer per 200 ms, and two that exist at a time. Main thread.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

struct hp_lines;
struct hp_notices;
struct hp_peer;
struct hp_rtc;
struct hp_rules;
struct hp_session;
struct hp_stage;
struct hp_streams;
struct hp_tunnel;
struct hp_tunnel_outlet;
struct hp_worker;

// What a viewer wants to see and hear. 1: off, 0: on, -1: no change.
struct hp_selection {
    int video_disabled, audio_disabled;
    const char *video_id; // NULL: the first video
};

// Common to all stages of a room, which keeps the struct. All members outlive the stages.
struct hp_stage_params {
    struct hp_worker *home;
    struct hp_rtc *rtc;
    struct hp_streams *streams;
    struct hp_lines *lines;
    struct hp_notices *notices;
    const struct hp_rules *rules;
    const enum hp_codec *codecs; // the codecs that viewers may get, best first
    unsigned codec_count;
    // The data channel "data" of a session's present peer has opened, or a tunnel.
    void (*on_data_open)(void *arg, struct hp_session *session);
    void *arg;
};

// Owner: hp_session. `params` is kept. close ends all peers, then calls done(arg, session), perhaps
// before it returns.
struct hp_stage *hp_stage_create(const struct hp_stage_params *params, struct hp_session *session);
void hp_stage_close(struct hp_stage *stage, void (*done)(void *arg, struct hp_session *session),
        void *arg);
void hp_stage_destroy(struct hp_stage *stage); // only after done()

// Asks for a (new) peer, whose offer becomes a notice. False: there is no such video.
bool hp_stage_request(struct hp_stage *stage, const struct hp_selection *selection);
// Ends peer and tunnel, if there are any. `tell`: whether a notice tells the browser.
void hp_stage_end(struct hp_stage *stage, bool tell);

// Media by a tunnel, beside the peer or instead of it, in the first of `wanted` that we have and
// that works, whose names are told; NULL: none of that kind. A tunnel that is there is replaced.
// Returns NULL: no picture in one of these codecs, or the stage is being closed.
struct hp_tunnel *hp_stage_open_tunnel(struct hp_stage *stage,
        const struct hp_tunnel_outlet *outlet, const enum hp_codec *wanted, unsigned count,
        const char *names[HP_TRACK_KINDS]);
void hp_stage_close_tunnel(struct hp_stage *stage);
// Do messages to the browser go by the tunnel, as there is no peer that is connected?
bool hp_stage_is_tunneled(const struct hp_stage *stage);

// The first source of a kind has come: it flows to the present peer, which may have been offered
// before that. Every offer has a place for sound and picture.
void hp_stage_show_source(struct hp_stage *stage, enum hp_track_kind kind);

// Requests to the present peer: ICE restart, description or candidate of the browser, choice of
// tracks. They return false if there is no peer.
bool hp_stage_restart(struct hp_stage *stage);
bool hp_stage_set_remote(struct hp_stage *stage, const char *type, const char *sdp);
bool hp_stage_add_candidate(
        struct hp_stage *stage, const char *candidate, const char *mid, int mline_index);
bool hp_stage_select(
        struct hp_stage *stage, const struct hp_selection *selection, enum hp_track_kind kind);
// Private mode or rights have changed: pauses the tracks or lets them flow.
void hp_stage_update_tracks(struct hp_stage *stage);

// Sends a message on the data channel of that label, or by the tunnel, which has only "data".
// Without such a channel the message is dropped.
void hp_stage_send(struct hp_stage *stage, const char *label, const void *data, unsigned size);
bool hp_stage_has_peer(const struct hp_stage *stage);
struct hp_peer *hp_stage_peer(const struct hp_stage *stage); // the present one; NULL: there is none
// Tells the session of broken streams, before the viewer takes them for a black picture.
void hp_stage_tell_media(struct hp_stage *stage);
// Asks for the peer's statistics, which come as a notice. False: there is no peer.
bool hp_stage_request_stats(struct hp_stage *stage);

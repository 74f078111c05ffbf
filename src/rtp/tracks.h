// tracks.h - what flows to one browser: a track for sound and one for the picture, their pacer, the
// reports both ways. On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "rtp/agreed.h"
#include "rtp/track.h"

struct hp_rtp_transport;
struct hp_tracks;
struct hp_worker;

struct hp_tracks_params {
    struct hp_worker *worker;
    struct hp_rtp_transport *transport; // kept; outlives the tracks
    uint32_t ssrcs[HP_TRACK_KINDS];
    uint32_t rtx_ssrcs[HP_TRACK_KINDS];
    const char *cname; // copied
};

// Counters since the tracks began.
struct hp_tracks_stats {
    uint64_t nacks, retransmitted, keyframe_requests, dropped_frames;
    uint64_t bad_packets; // RTCP that could not be read, or more than a worker looks at
    uint64_t feedback_packets; // transport-wide feedback messages
    uint64_t remb_bps; // 0: never told
    int64_t round_trip_us; // 0: not known
    double fraction_lost; // of the picture, last report, 0..1
};

// Owner: the endpoint. `cbs` stays valid. Never NULL.
struct hp_tracks *hp_tracks_create(
        const struct hp_tracks_params *params, const struct hp_track_cbs *cbs, void *arg);

// Detaches what is attached.
void hp_tracks_destroy(struct hp_tracks *tracks);

// Takes over what was agreed for each track: attaches, changes and detaches. Does nothing before
// the transport is connected: call again when the transport is.
void hp_tracks_apply(struct hp_tracks *tracks, const struct hp_agreed agreed[HP_TRACK_KINDS]);

// Shows another level of a track from its next keyframe on, see hp_track_select_level(). False:
// there is no such level, and nothing changes.
bool hp_tracks_select_level(struct hp_tracks *tracks, enum hp_track_kind kind, unsigned level);

// Lets a track flow or pauses it.
void hp_tracks_enable(struct hp_tracks *tracks, enum hp_track_kind kind, bool is_enabled);

// Takes a compound packet after SRTCP: reports, requests, feedback.
void hp_tracks_handle_rtcp(struct hp_tracks *tracks, const uint8_t *data, size_t size);

// The path takes nothing (it lost its consent), or takes packets again.
void hp_tracks_block(struct hp_tracks *tracks);
void hp_tracks_handle_writable(struct hp_tracks *tracks);

// The browser sees nothing of what was sent for a while: begin with a keyframe.
void hp_tracks_refresh(struct hp_tracks *tracks);

// Since when there is no proof that our packets arrive, hp_clock; 0: nothing was sent since the
// last proof, or the browser never gave any. A proof is a report that only a browser that hears us
// can write, and not just any packet: behind a router that has forgotten us, a browser goes on
// talking. Ask a few times a second: the function itself notices that something was sent.
int64_t hp_tracks_silent_since_us(struct hp_tracks *tracks);

// When the last proof came, hp_clock; 0: none yet.
int64_t hp_tracks_last_proof_us(const struct hp_tracks *tracks);

void hp_tracks_get_stats(const struct hp_tracks *tracks, struct hp_tracks_stats *stats);

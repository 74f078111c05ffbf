// tracks.h - what flows to one browser: a track for sound and one for the picture, their pacer, the
// reports in both directions. On the peer's worker.
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

// Detaches all levels of both tracks.
void hp_tracks_destroy(struct hp_tracks *tracks);

// Takes over what was agreed for each track: attaches, changes and detaches. Before the transport
// is connected, only the picture is attached, and its keyframe waits: call this once more when the
// transport is.
void hp_tracks_apply(struct hp_tracks *tracks, const struct hp_agreed agreed[HP_TRACK_KINDS]);

// Shows another level of a track from its next keyframe on, see hp_track_select_level(). False:
// there is no such level, and nothing changes.
bool hp_tracks_select_level(struct hp_tracks *tracks, enum hp_track_kind kind, unsigned level);

// Lets a track flow or pauses it.
void hp_tracks_enable(struct hp_tracks *tracks, enum hp_track_kind kind, bool is_enabled);

// Something has come from the browser that is no RTCP. When packets go out and nothing at all has
// come for 10 s, the tracks pause until the next call, and then begin again with a keyframe: a
// browser that was killed sends nothing, while one that has only lost its WebSocket goes on sending
// reports.
void hp_tracks_hear(struct hp_tracks *tracks);

// Handles a compound packet after SRTCP: reports, requests, feedback.
void hp_tracks_handle_rtcp(struct hp_tracks *tracks, const uint8_t *data, size_t size);

// The path takes no packets (it lost its consent), or takes packets again.
void hp_tracks_block(struct hp_tracks *tracks);
void hp_tracks_handle_writable(struct hp_tracks *tracks);

// The browser has missed what was sent for a while: the tracks begin again with a keyframe.
void hp_tracks_refresh(struct hp_tracks *tracks);

// Since when there is no proof that our packets arrive, hp_clock; 0: no packet was sent since the
// last proof, or the browser never gave any. Only a report that a browser writes because it
// receives our packets is a proof. Other packets are none: behind a router that has forgotten us, a
// browser goes on sending. Call this a few times a second: the function itself notices that packets
// were sent.
int64_t hp_tracks_silent_since_us(struct hp_tracks *tracks);

// When the last proof came, hp_clock; 0: none yet.
int64_t hp_tracks_last_proof_us(const struct hp_tracks *tracks);

void hp_tracks_get_stats(const struct hp_tracks *tracks, struct hp_tracks_stats *stats);

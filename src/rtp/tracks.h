// tracks.h - what flows to one browser: a sender for sound and one for the picture, their pacer, the
// reports both ways. On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

struct hp_feed;
struct hp_negotiate_local;
struct hp_peer_stats;
struct hp_plan;
struct hp_sink;
struct hp_tracks;
struct hp_transport;
struct hp_worker;

struct hp_tracks_cbs {
    // Let frames of that codec flow into the sink; NULL: there is no such stream.
    struct hp_feed *(*attach)(void *arg, enum hp_codec codec, struct hp_sink *sink);
    void (*detach)(void *arg, enum hp_codec codec, struct hp_sink *sink);
};

// Owner: the endpoint. local: ssrcs and cname; copied. Never NULL.
struct hp_tracks *hp_tracks_create(struct hp_worker *worker, struct hp_transport *transport,
        const struct hp_negotiate_local *local, const struct hp_tracks_cbs *cbs, void *arg);

// Detaches what is attached.
void hp_tracks_destroy(struct hp_tracks *tracks);

// Takes over what was agreed: attaches, changes and detaches. Before the transport is connected it
// is only noted; call again when it is.
void hp_tracks_apply(struct hp_tracks *tracks, const struct hp_plan *plan);

void hp_tracks_enable(struct hp_tracks *tracks, enum hp_track_kind kind, bool is_enabled);

void hp_tracks_handle_rtcp(struct hp_tracks *tracks, const uint8_t *data, size_t size);

// The path takes nothing (it lost its consent), or takes packets again.
void hp_tracks_block(struct hp_tracks *tracks);
void hp_tracks_handle_writable(struct hp_tracks *tracks);

// The browser sees nothing of what was sent for a while: begin with a keyframe.
void hp_tracks_refresh(struct hp_tracks *tracks);

// Since when there is no proof that anything of what we send arrives, hp_clock; 0: nothing was sent
// since the last proof, or the browser never gave any. Proof is what only one who hears us can say,
// and not just any packet: behind a router that has forgotten us, a browser goes on talking. Ask a
// few times a second: what was sent is noticed when somebody asks.
int64_t hp_tracks_silent_since_us(struct hp_tracks *tracks);

// When the last proof came, hp_clock; 0: none yet.
int64_t hp_tracks_last_proof_us(const struct hp_tracks *tracks);

void hp_tracks_add_stats(const struct hp_tracks *tracks, struct hp_peer_stats *stats);

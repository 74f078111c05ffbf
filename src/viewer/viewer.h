// viewer.h - one peer of one session: plugs a peer into the room's streams and the session's seat.
// Created and closed on the main thread, where its callbacks arrive.
#pragma once

#include <stdbool.h>

#include "peer/peer.h"

struct hp_seat;
struct hp_streams;
struct hp_viewer;

struct hp_viewer_params {
    struct hp_peer_params peer;
    struct hp_seat *seat; // kept; closed after the viewer
    struct hp_streams *streams; // kept
};

struct hp_viewer_cbs {
    void (*on_description)(void *arg, struct hp_viewer *viewer, const char *type, const char *sdp);
    void (*on_candidate)(void *arg, struct hp_viewer *viewer, const char *candidate,
            const char *mid, int mline_index);
    void (*on_state)(
            void *arg, struct hp_viewer *viewer, enum hp_peer_state state, enum hp_status status);
    void (*on_stats)(void *arg, struct hp_viewer *viewer, const struct hp_peer_stats *stats);
    void (*on_data_open)(void *arg, struct hp_viewer *viewer); // the channel "data" has opened
    void (*on_closed)(void *arg, struct hp_viewer *viewer); // the viewer is freed after this call
};

// NULL: the reason has been logged. Owner: hp_stage, until on_closed.
struct hp_viewer *hp_viewer_create(
        const struct hp_viewer_params *params, const struct hp_viewer_cbs *cbs, void *arg);
// Ends the peer; on_closed follows.
void hp_viewer_close(struct hp_viewer *viewer);

struct hp_peer *hp_viewer_peer(struct hp_viewer *viewer);

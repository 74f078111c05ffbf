// peer_cbs.h - what a peer tells its owner: one half on the home thread, one on the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/status.h"
#include "peer/peer_state.h"

struct hp_feed;
struct hp_peer_stats;
struct hp_sink;

// All texts and data are borrowed.
struct hp_peer_cbs {
    // Home thread.
    void (*on_description)(void *arg, const char *type, const char *sdp); // "offer" or "answer"
    void (*on_candidate)(void *arg, const char *candidate, const char *mid, int mline_index);
    void (*on_state)(void *arg, enum hp_peer_state state, enum hp_status status);
    void (*on_stats)(void *arg, const struct hp_peer_stats *stats); // NULL: its worker hangs
    void (*on_closed)(void *arg); // the echo of hp_peer_close; the peer has been freed

    // The peer's worker. attach: a track was negotiated or another level was selected; let frames
    // of that codec and level flow into the sink, beginning after this call. Returns the line back;
    // NULL: there is no such level. One sink may be attached to several levels of one codec. detach
    // is called for every attach that returned a line.
    struct hp_feed *(*attach)(
            void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    void (*detach)(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    // A data channel opened (true) or closed (false), and messages; for labels other than "data".
    void (*on_channel)(void *arg, const char *label, bool is_open);
    void (*on_data)(void *arg, const char *label, const void *data, size_t size);
    // Incoming RTP, authentic and decrypted; NULL: such packets are only counted.
    void (*on_rtp)(void *arg, const uint8_t *data, size_t size);
};

// peer.h - one browser's connection: ICE, DTLS, SRTP, tracks and data channels. Lives on one
// worker for its whole life; the functions below post to it from the home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "peer/peer_cbs.h"
#include "peer/peer_stats.h"
#include "wire/input.h"

struct hp_ice;
struct hp_input_sink;
struct hp_path;
struct hp_peer;
struct hp_rtc;
struct hp_worker;

struct hp_peer_params {
    const char *id; // for logs; copied
    struct hp_rtc *rtc;
    struct hp_worker *worker; // where the peer lives
    struct hp_worker *home; // where the first group of callbacks arrives
    const enum hp_codec *codecs; // what we can send, best first; copied
    unsigned codec_count;
    enum hp_input_dialect dialect; // of the data channel "data"
    struct hp_input_sink *input_sink; // where the events of that channel go; kept, until on_closed
    // Tests only, else NULL. Both are called on the worker, with the argument of the callbacks.
    // wrap_path puts something (a lossy way) between the peer and its path; its result lives until
    // on_closed. create_ice takes the place of the product's own ICE; NULL: that failed.
    struct hp_path *(*wrap_path)(void *arg, struct hp_path *path);
    struct hp_ice *(*create_ice)(void *arg, struct hp_worker *worker, const char *id);
};

// Home thread. Owner: the caller, until on_closed. NULL after logging why.
struct hp_peer *hp_peer_create(
        const struct hp_peer_params *params, const struct hp_peer_cbs *cbs, void *arg);

// All home thread; each posts. Gathers candidates and makes an offer, on_description follows.
// restart_ice: with new ICE credentials.
void hp_peer_offer(struct hp_peer *peer, bool restart_ice);

// Takes the remote description; after an offer on_description follows with the answer. On glare
// (an offer while ours is open) our own is rolled back. A bad one: state FAILED, BAD_MESSAGE; the
// peer then only waits for its close. A browser that decodes no video codec of ours: on_state with
// the state that it is in and the status NO_CODEC; sound and data channels live on.
void hp_peer_set_remote(struct hp_peer *peer, const char *type, const char *sdp);

// Takes a remote candidate line ("candidate:..."); "" ends them. Bad ones are counted and dropped.
void hp_peer_add_candidate(
        struct hp_peer *peer, const char *candidate, const char *mid, int mline_index);

// Lets a track flow or pauses it.
void hp_peer_enable_track(struct hp_peer *peer, enum hp_track_kind kind, bool is_enabled);

// Shows another level of a track, without a freeze: from that level's next keyframe on, up to which
// the present level flows. A level that does not exist changes nothing.
void hp_peer_select_level(struct hp_peer *peer, enum hp_track_kind kind, unsigned level);

// Sends a message on the data channel of that label, from any thread, but not once hp_peer_close()
// has been called; dropped (and counted) when it is not open or more than 1 MiB waits. Copied.
void hp_peer_send(struct hp_peer *peer, const char *label, const void *data, size_t size);

// on_stats follows.
void hp_peer_request_stats(struct hp_peer *peer);

// Sends a compound RTCP packet as it stands; for tests and load generators, which receive. On the
// peer's worker, from within its callbacks.
void hp_peer_send_rtcp(struct hp_peer *peer, const void *data, size_t size);

// Begins the end: media stops, detach and on_closed follow.
void hp_peer_close(struct hp_peer *peer);

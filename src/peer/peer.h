// peer.h - one browser's connection: ICE, DTLS, SRTP, tracks and data channels. A peer lives on one
// worker for its whole life; the functions below post to the peer from the home thread.
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
struct hp_peer_limits;
struct hp_rtc;
struct hp_worker;

struct hp_peer_params {
    const char *id; // for logs; copied
    const char *address; // that the browser's signaling comes from; borrowed; NULL: unknown
    const char *host; // of the page, see hp_reach_offer(); borrowed; NULL: unknown
    struct hp_rtc *rtc;
    struct hp_worker *worker; // where the peer lives
    struct hp_worker *home; // where the first group of callbacks arrives
    const enum hp_codec *codecs; // the codecs that we can send, best first; copied
    unsigned codec_count;
    enum hp_input_dialect dialect; // of the data channel "data"
    struct hp_input_sink *input_sink; // where the events of that channel go; kept, until on_closed
    // Kept, until on_closed; NULL: the peer has limits of its own.
    struct hp_peer_limits *limits;
    // For tests only, else NULL. Both are called on the worker, with the argument of the callbacks.
    // wrap_path puts a path of its own (for instance a lossy one) in front of the peer's; its
    // result lives until on_closed. create_ice replaces the product's own ICE; NULL: that failed.
    struct hp_path *(*wrap_path)(void *arg, struct hp_path *path);
    struct hp_ice *(*create_ice)(void *arg, struct hp_worker *worker, const char *id);
};

// Home thread. Owner: the caller, until on_closed. NULL: the reason has been logged.
struct hp_peer *hp_peer_create(
        const struct hp_peer_params *params, const struct hp_peer_cbs *cbs, void *arg);

// This one and the ones below: home thread; each posts. Gathers candidates and makes an offer;
// on_description follows. `restart_ice`: with new ICE credentials.
void hp_peer_offer(struct hp_peer *peer, bool restart_ice);

// Takes the remote description; after an offer, on_description follows with the answer. On glare
// (an offer while ours is open) our own offer is rolled back. After a bad description the state is
// FAILED with the status BAD_MESSAGE; the peer then only waits for its close. When the browser
// decodes no video codec of ours, on_state tells the present state with the status NO_CODEC; sound
// and data channels go on. False: too many descriptions and candidates wait for the worker; this
// one is dropped.
bool hp_peer_set_remote(struct hp_peer *peer, const char *type, const char *sdp);

// Takes a remote candidate line ("candidate:..."); "" is the end of the candidates. Bad ones are
// counted and dropped. False: as with hp_peer_set_remote().
bool hp_peer_add_candidate(
        struct hp_peer *peer, const char *candidate, const char *mid, int mline_index);

// Lets frames of a track flow, or pauses it. What was agreed before its stream was there is
// attached then. Of wishes that the worker has not seen yet, the newest counts.
void hp_peer_enable_track(struct hp_peer *peer, enum hp_track_kind kind, bool is_enabled);

// Shows another level of a track from that level's next keyframe on; until then the present level
// flows, so the picture does not freeze. A level that does not exist changes nothing.
void hp_peer_select_level(struct hp_peer *peer, enum hp_track_kind kind, unsigned level);

// Sends a copy of the message on the data channel of that label. Any thread, but not after
// hp_peer_close(). The message is dropped (and counted) if the channel is not open, or if 1,024
// messages or 1 MiB wait for the worker.
void hp_peer_send(struct hp_peer *peer, const char *label, const void *data, size_t size);

// The same on the peer's worker, at once. `is_brief`: a newer message follows soon, so this one is
// given up when it has not arrived within 100 ms. No effect when the peer is not open (yet).
void hp_peer_send_here(struct hp_peer *peer, const char *label, const void *data, size_t size,
        bool is_brief);

// on_stats follows, once for all requests that the worker has not seen yet. A worker that hangs is
// not waited for: then on_stats comes after 100 ms without figures, and with them later.
void hp_peer_request_stats(struct hp_peer *peer);

// Sends a compound RTCP packet unchanged; for tests and load generators, which receive media. On
// the peer's worker, from inside its callbacks.
void hp_peer_send_rtcp(struct hp_peer *peer, const void *data, size_t size);

// Begins the end: media stops; detach and then on_closed follow.
void hp_peer_close(struct hp_peer *peer);

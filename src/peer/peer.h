// peer.h - one browser's connection: ICE, DTLS, SRTP, tracks and data channels. Lives on one
// worker for its whole life; the functions below post to it from the home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/path.h"
#include "base/status.h"
#include "wire/input.h"

struct hp_feed;
struct hp_input;
struct hp_path;
struct hp_peer;
struct hp_rtc;
struct hp_sink;
struct hp_worker;

enum hp_peer_state {
    HP_PEER_CONNECTING,
    HP_PEER_CONNECTED, // ICE and DTLS are up; media flows
    HP_PEER_DISCONNECTED, // the path is silent; an ICE restart is under way
    HP_PEER_FAILED, // it did not come (back); see status
};

// Facts for the page, the log and the metrics; counters since the peer began.
struct hp_peer_stats {
    enum hp_path_kind path;
    char pair[160]; // "host 10.0.0.2:40000 - prflx 10.0.0.9:51000"
    int64_t round_trip_us; // 0: not known yet
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
    uint64_t nacks, retransmitted, keyframe_requests, dropped_frames, bad_packets;
    uint64_t dropped_candidates; // of the browser: bad, or names that only its own LAN knows
    double fraction_lost; // of the video, last report, 0..1
    uint64_t remb_bps; // 0: never told
    uint64_t feedback_packets; // transport-wide feedback messages parsed
};

struct hp_peer_params {
    const char *id; // for logs; copied
    struct hp_rtc *rtc;
    struct hp_worker *worker; // where the peer lives
    struct hp_worker *home; // where the first group of callbacks arrives
    const enum hp_codec *codecs; // what we can send, best first; copied
    unsigned codec_count;
    enum hp_input_dialect dialect; // of the data channel
    // Tests only, else NULL: puts something (a lossy way) between the peer and its path; on the
    // worker. What it returns lives until on_closed.
    struct hp_path *(*wrap_path)(void *arg, struct hp_path *path);
};

struct hp_peer_cbs {
    // Home thread.
    void (*on_description)(void *arg, const char *type, const char *sdp); // "offer" or "answer"
    void (*on_candidate)(void *arg, const char *candidate, const char *mid, int mline_index);
    void (*on_state)(void *arg, enum hp_peer_state state, enum hp_status status);
    void (*on_stats)(void *arg, const struct hp_peer_stats *stats);
    void (*on_closed)(void *arg); // the echo of hp_peer_close; the peer has been freed

    // The peer's worker. attach: a track was negotiated or another level was selected; let frames
    // of that codec and level flow into the sink, from after this call on. Returns the line back,
    // NULL if there is no such level. One sink may be attached to several levels of one codec.
    // detach comes for every attach that returned a line.
    struct hp_feed *(*attach)(
            void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    void (*detach)(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink);
    void (*on_input)(void *arg, const struct hp_input *input); // never a ping
    // A data channel opened (true) or closed; messages of labels other than "data".
    void (*on_channel)(void *arg, const char *label, bool is_open);
    void (*on_data)(void *arg, const char *label, const void *data, size_t size);
    // Incoming RTP, authentic and decrypted; NULL: it is only counted.
    void (*on_rtp)(void *arg, const uint8_t *data, size_t size);
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

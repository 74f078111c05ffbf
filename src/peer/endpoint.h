// endpoint.h - the whole stack of one browser on its worker: ICE, DTLS, tracks, channels and the
// exchange of descriptions. hp_peer connects the stack to the home thread. All on the worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/frame.h"
#include "base/status.h"
#include "peer/peer_state.h"
#include "wire/input.h"

struct hp_dtls_context;
struct hp_endpoint;
struct hp_ice;
struct hp_input_sink;
struct hp_path;
struct hp_peer_cbs;
struct hp_peer_stats;
struct hp_ice_config;
struct hp_sctp_stack;
struct hp_watchdog_timeouts;
struct hp_worker;

struct hp_endpoint_params {
    const char *id; // for logs; copied
    struct hp_worker *worker;
    const enum hp_codec *codecs; // the codecs that we can send, best first; copied
    unsigned codec_count;
    enum hp_input_dialect dialect; // of the data channel "data"
    struct hp_input_sink *input_sink; // kept
    struct hp_ice *ice; // taken
    struct hp_path *path; // the path of `ice`, or one that wraps it; outlives the endpoint
    const struct hp_watchdog_timeouts *timeouts; // copied
    struct hp_dtls_context *dtls_context; // kept
    struct hp_sctp_stack *sctp_stack; // kept
    const char *fingerprint; // copied
    // kept; the endpoint calls the callbacks of the worker's half
    const struct hp_peer_cbs *peer_cbs;
    void *peer_arg;
};

// What the endpoint tells the home thread, through hp_peer. The texts are borrowed.
struct hp_endpoint_cbs {
    void (*on_description)(void *arg, const char *type, const char *sdp);
    void (*on_candidate)(void *arg, const char *candidate, const char *mid, int mline_index);
    void (*on_state)(void *arg, enum hp_peer_state state, enum hp_status status);
};

// Owner: hp_peer. Never NULL.
struct hp_endpoint *hp_endpoint_create(const struct hp_endpoint_params *params,
        const struct hp_endpoint_cbs *cbs, void *arg);

// Says goodbye to the browser and ends all parts; detach is called for every attach. At any moment,
// but not from inside a callback. on_gone(arg) follows, perhaps before this returns, when no server
// in the network holds anything for this peer any more.
void hp_endpoint_close(struct hp_endpoint *endpoint, void (*on_gone)(void *arg), void *arg);

// Like the functions of hp_peer with these names.
void hp_endpoint_offer(struct hp_endpoint *endpoint, bool restart_ice);
void hp_endpoint_set_remote(struct hp_endpoint *endpoint, const char *type, const char *sdp);
void hp_endpoint_add_candidate(struct hp_endpoint *endpoint, const char *candidate);
void hp_endpoint_enable_track(
        struct hp_endpoint *endpoint, enum hp_track_kind kind, bool is_enabled);
void hp_endpoint_select_level(
        struct hp_endpoint *endpoint, enum hp_track_kind kind, unsigned level);
void hp_endpoint_send(struct hp_endpoint *endpoint, const char *label, const void *data,
        size_t size, bool is_brief);
// What a browser is offered has changed, for an ICE that cannot follow. If the path's own address
// is gone, the peer ends, so that the browser asks for another one.
void hp_endpoint_move(struct hp_endpoint *endpoint, const struct hp_ice_config *config);
void hp_endpoint_send_rtcp(struct hp_endpoint *endpoint, const void *data, size_t size);
void hp_endpoint_get_stats(const struct hp_endpoint *endpoint, struct hp_peer_stats *stats);

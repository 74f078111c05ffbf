// endpoint.h - the whole stack of one browser as its worker sees it: ICE, DTLS, tracks, channels
// and the exchange of descriptions. hp_peer is its door to the home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "peer/peer.h"

struct hp_endpoint;
struct hp_ice_config;

struct hp_endpoint_params {
    const struct hp_peer_params *peer; // borrowed during create; its texts and lists are copied
    const struct hp_peer_cbs *peer_cbs; // the worker's half of them
    void *peer_arg;
    struct hp_ice_config *ice_config; // taken
    struct hp_dtls_context *dtls_context;
    struct hp_sctp_stack *sctp_stack;
    const char *fingerprint; // copied
};

// What goes home.
struct hp_endpoint_cbs {
    void (*on_description)(void *arg, const char *type, const char *sdp);
    void (*on_candidate)(void *arg, const char *candidate, const char *mid, int mline_index);
    void (*on_state)(void *arg, enum hp_peer_state state, enum hp_status status);
};

// Owner: hp_peer. NULL after logging why.
struct hp_endpoint *hp_endpoint_create(const struct hp_endpoint_params *params,
        const struct hp_endpoint_cbs *cbs, void *arg);

// Says goodbye and ends everything; detach comes for every attach. At any moment, but not from a
// callback.
// on_gone comes, perhaps at once, when the network has nothing of it any more.
void hp_endpoint_close(struct hp_endpoint *endpoint, void (*on_gone)(void *arg), void *arg);

// As the functions of hp_peer.
void hp_endpoint_offer(struct hp_endpoint *endpoint, bool restart_ice);
void hp_endpoint_set_remote(struct hp_endpoint *endpoint, const char *type, const char *sdp);
void hp_endpoint_add_candidate(struct hp_endpoint *endpoint, const char *candidate);
void hp_endpoint_enable_track(
        struct hp_endpoint *endpoint, enum hp_track_kind kind, bool is_enabled);
void hp_endpoint_select_level(
        struct hp_endpoint *endpoint, enum hp_track_kind kind, unsigned level);
void hp_endpoint_send(
        struct hp_endpoint *endpoint, const char *label, const void *data, size_t size);
void hp_endpoint_send_rtcp(struct hp_endpoint *endpoint, const void *data, size_t size);
void hp_endpoint_get_stats(const struct hp_endpoint *endpoint, struct hp_peer_stats *stats);

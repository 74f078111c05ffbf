// endpoint_parts.h - the fields of an endpoint, for endpoint.c and endpoint_events.c only.
#pragma once

#include "base/status.h"
#include "dtls/transport.h"
#include "ice/roam.h"
#include "peer/dialog.h"
#include "peer/watchdog.h"
#include "rtp/tracks.h"
#include "sctp/channels.h"
#include "sctp/inputs.h"

struct hp_endpoint_cbs;
struct hp_ice;
struct hp_ice_cbs;
struct hp_peer_cbs;

struct hp_endpoint {
    char *id;
    struct hp_worker *worker;
    const struct hp_peer_cbs *peer_cbs;
    void *peer_arg;
    const struct hp_endpoint_cbs *cbs;
    void *cbs_arg;
    struct hp_ice *ice;
    struct hp_dialog *dialog;
    struct hp_transport *transport;
    struct hp_tracks *tracks; // NULL once the endpoint has failed
    struct hp_channels *channels;
    struct hp_inputs inputs;
    struct hp_watchdog watchdog;
    struct hp_roam roam;
    bool has_gathered;
    bool is_described; // our description was sent: candidates may follow
    bool has_channels_started;
    bool was_connected;
    bool is_failed;
};

// The callbacks of the endpoint's parts; their argument is the endpoint.
extern const struct hp_ice_cbs hp_endpoint_ice_cbs;
extern const struct hp_transport_cbs hp_endpoint_transport_cbs;
extern const struct hp_channels_cbs hp_endpoint_channels_cbs;
extern const struct hp_track_cbs hp_endpoint_track_cbs;

// Ends the peer's work with that status; home is told, and closes the peer.
void hp_endpoint_fail(struct hp_endpoint *endpoint, enum hp_status status);

// While the browser reads our first offer, a keyframe is made with the codec that it will most
// likely take, so that the picture is there when the browser is.
void hp_endpoint_prepare_picture(struct hp_endpoint *endpoint);

// Gives the tracks what was agreed for them.
void hp_endpoint_apply_tracks(struct hp_endpoint *endpoint);

// Opens the data channels once both descriptions are known and DTLS is connected.
void hp_endpoint_start_channels(struct hp_endpoint *endpoint);

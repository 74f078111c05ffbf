// endpoint_events.c - the callbacks of an endpoint's parts: the network from below, the browser's
// packets, channels and input on their way up.
// Owner: hp_endpoint.  Thread: the peer's worker, always.
#include "peer/endpoint_parts.h"

#include <glib.h>

#define LOG_TAG "peer"
#include "base/ice.h"
#include "base/log.h"
#include "peer/endpoint.h"
#include "peer/moves.h"
#include "peer/peer_cbs.h"

void
hp_endpoint_fail(struct hp_endpoint *endpoint, enum hp_status status)
{
    endpoint->is_failed = true;
    hp_watchdog_fail(&endpoint->watchdog, status);
}

void
hp_endpoint_move(struct hp_endpoint *endpoint, const struct hp_ice_config *config)
{
    const char *pair = endpoint->ice->ops->pair(endpoint->ice);
    if (!hp_moves_keep(config, pair)) {
        log_info("peer %s: our address is gone: %s", endpoint->id, pair);
        hp_endpoint_fail(endpoint, HP_STATUS_ICE_FAILED);
    }
}

static void
on_ice_candidate(void *arg, const char *candidate)
{
    struct hp_endpoint *endpoint = arg;
    hp_dialog_add_candidate(endpoint->dialog, candidate);
    if (endpoint->is_described) {
        endpoint->cbs->on_candidate(
                endpoint->cbs_arg, candidate, hp_dialog_transport_mid(endpoint->dialog), 0);
    }
}

static void
on_ice_candidate_gone(void *arg, const char *candidate)
{
    struct hp_endpoint *endpoint = arg;
    hp_dialog_remove_candidate(endpoint->dialog, candidate);
}

static void
on_ice_state(void *arg, enum hp_ice_state state)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->is_failed) {
        return;
    }
    if (state == HP_ICE_CONNECTED) {
        hp_transport_open(endpoint->transport);
    }
    if (state == HP_ICE_CONNECTED && endpoint->watchdog.state == HP_PEER_CONNECTED) {
        hp_tracks_refresh(endpoint->tracks); // packets may have been lost on the old way
    }
    hp_watchdog_set_ice(&endpoint->watchdog, state);
}

static void
on_ice_address(void *arg)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->tracks != NULL && endpoint->watchdog.state != HP_PEER_CONNECTING) {
        hp_tracks_hear(endpoint->tracks); // only media can show that it hears us there
        hp_roam_begin(&endpoint->roam);
    }
}

const struct hp_ice_cbs hp_endpoint_ice_cbs = {
    .on_candidate = on_ice_candidate,
    .on_candidate_gone = on_ice_candidate_gone,
    .on_state = on_ice_state,
    .on_address = on_ice_address,
};

static struct hp_agreed
find_agreed(const struct hp_plan *plan, enum hp_track_kind kind)
{
    const struct hp_section *section = hp_plan_find_track(plan, kind);
    if (section == NULL || !section->has_codec || section->direction != HP_SDP_SENDONLY) {
        return (struct hp_agreed){ .is_wanted = false };
    }
    struct hp_agreed agreed = {
        .is_wanted = true,
        .codec = section->codec,
        .payload_type = section->payload_type,
        .rtx_payload_type = section->rtx_payload_type,
        .has_nack = (section->feedback & HP_SDP_FB_NACK) != 0,
        .ext_ids = section->ext_ids,
    };
    if (strlen(section->mid) < sizeof(agreed.mid)) {
        g_strlcpy(agreed.mid, section->mid, sizeof(agreed.mid));
    }
    return agreed;
}

void
hp_endpoint_prepare_picture(struct hp_endpoint *endpoint)
{
    const struct hp_negotiate_local *local = hp_dialog_local(endpoint->dialog);
    struct hp_agreed agreed[HP_TRACK_KINDS] = { 0 };
    if (hp_dialog_plan(endpoint->dialog) != NULL) {
        return;
    }
    for (unsigned i = local->codec_count; i > 0; i--) { // the first one is offered first
        agreed[hp_codec_kind(local->codecs[i - 1])] = (struct hp_agreed){
            .is_wanted = true, .codec = local->codecs[i - 1], .rtx_payload_type = -1
        };
    }
    hp_tracks_apply(endpoint->tracks, agreed);
}

void
hp_endpoint_apply_tracks(struct hp_endpoint *endpoint)
{
    const struct hp_plan *plan = hp_dialog_plan(endpoint->dialog);
    struct hp_agreed agreed[HP_TRACK_KINDS];
    for (unsigned i = 0; i < HP_TRACK_KINDS; i++) {
        agreed[i] = find_agreed(plan, (enum hp_track_kind) i);
    }
    hp_tracks_apply(endpoint->tracks, agreed);
}

void
hp_endpoint_start_channels(struct hp_endpoint *endpoint)
{
    const struct hp_plan *plan = hp_dialog_plan(endpoint->dialog);
    if (endpoint->has_channels_started || plan == NULL || hp_plan_find_data(plan) == NULL
            || !hp_transport_is_connected(endpoint->transport)) {
        return;
    }
    const struct hp_negotiate_remote *remote = hp_dialog_remote(endpoint->dialog);
    struct hp_channels_start start = {
        .opens_even_streams = hp_transport_role(endpoint->transport) == HP_DTLS_CLIENT,
        .remote_port = remote->sctp_port,
        .mtu = hp_transport_max_data(endpoint->transport),
        .max_send_size = (size_t) MIN(remote->max_message_size, G_MAXSIZE),
    };
    endpoint->has_channels_started = true;
    hp_channels_start(endpoint->channels, &start);
}

static void
on_connected(void *arg)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->is_failed) {
        return; // home is about to close the peer
    }
    hp_endpoint_apply_tracks(endpoint);
    hp_endpoint_start_channels(endpoint);
    hp_watchdog_set_dtls_up(&endpoint->watchdog);
}

static void
on_transport_failed(void *arg, const char *reason)
{
    struct hp_endpoint *endpoint = arg;
    log_info("peer %s: DTLS failed: %s", endpoint->id, reason);
    hp_endpoint_fail(endpoint, HP_STATUS_DTLS_FAILED);
}

static void
on_transport_closed(void *arg)
{
    hp_endpoint_fail(arg, HP_STATUS_CLOSED);
}

static void
on_rtp(void *arg, const uint8_t *data, size_t size)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->peer_cbs->on_rtp != NULL) {
        endpoint->peer_cbs->on_rtp(endpoint->peer_arg, data, size);
    }
}

static void
on_rtcp(void *arg, const uint8_t *data, size_t size)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->tracks != NULL) {
        hp_tracks_handle_rtcp(endpoint->tracks, data, size);
    }
}

static void
on_data(void *arg, const uint8_t *data, size_t size)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->tracks != NULL) {
        hp_tracks_hear(endpoint->tracks);
    }
    hp_channels_recv(endpoint->channels, data, size);
}

static void
on_writable(void *arg)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->tracks != NULL) {
        hp_tracks_handle_writable(endpoint->tracks);
    }
}

const struct hp_transport_cbs hp_endpoint_transport_cbs = {
    .on_connected = on_connected,
    .on_failed = on_transport_failed,
    .on_closed = on_transport_closed,
    .on_rtp = on_rtp,
    .on_rtcp = on_rtcp,
    .on_data = on_data,
    .on_writable = on_writable,
};

static void
on_channel_send(void *arg, const uint8_t *data, size_t size)
{
    struct hp_endpoint *endpoint = arg;
    hp_transport_send_data(endpoint->transport, data, size);
}

static void
on_channel_open(void *arg, const char *label)
{
    struct hp_endpoint *endpoint = arg;
    endpoint->peer_cbs->on_channel(endpoint->peer_arg, label, true);
}

static void
on_channel_close(void *arg, const char *label)
{
    struct hp_endpoint *endpoint = arg;
    endpoint->peer_cbs->on_channel(endpoint->peer_arg, label, false);
}

static void
on_channel_message(void *arg, const char *label, const uint8_t *data, size_t size, bool is_text)
{
    struct hp_endpoint *endpoint = arg;
    (void) is_text;
    endpoint->peer_cbs->on_data(endpoint->peer_arg, label, data, size);
}

static void
on_channels_lost(void *arg, const char *reason)
{
    struct hp_endpoint *endpoint = arg;
    log_debug("peer %s: the data channels have ended: %s", endpoint->id, reason);
}

const struct hp_channels_cbs hp_endpoint_channels_cbs = {
    .on_send = on_channel_send,
    .on_open = on_channel_open,
    .on_close = on_channel_close,
    .on_message = on_channel_message,
    .on_lost = on_channels_lost,
};

static struct hp_feed *
attach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct hp_endpoint *endpoint = arg;
    return endpoint->peer_cbs->attach(endpoint->peer_arg, codec, level, sink);
}

static void
detach(void *arg, enum hp_codec codec, unsigned level, struct hp_sink *sink)
{
    struct hp_endpoint *endpoint = arg;
    endpoint->peer_cbs->detach(endpoint->peer_arg, codec, level, sink);
}

const struct hp_track_cbs hp_endpoint_track_cbs = {
    .attach = attach,
    .detach = detach,
};

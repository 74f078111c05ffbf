// endpoint.c - the whole stack of one browser as its worker sees it.
// Owner: hp_peer.  Thread: the peer's worker, always.
#include "peer/endpoint.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "peer"
#include "base/ice.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rtp_transport.h"
#include "base/worker.h"
#include "peer/endpoint_parts.h"
#include "peer/peer_stats.h"

// ---- its state, as the watchdog decides it ----

static void
on_consent_lost(void *arg)
{
    struct hp_endpoint *endpoint = arg;
    if (endpoint->tracks != NULL) {
        hp_tracks_block(endpoint->tracks);
    }
}

static void
log_figures(const struct hp_endpoint *endpoint)
{
    struct hp_peer_stats stats;
    hp_endpoint_get_stats(endpoint, &stats);
    if (stats.packets_sent > 0) {
        log_info("peer %s: %" PRIu64 " packets sent, %" PRIu64 " of them again, %" PRIu64
                 " keyframes asked for; %" PRIu64 " feedbacks read, %" PRIu64 " bad packets",
                endpoint->id, stats.packets_sent, stats.retransmitted, stats.keyframe_requests,
                stats.feedback_packets, stats.bad_packets);
    }
}

static void
log_lost_messages(const struct hp_endpoint *endpoint)
{
    uint64_t lost = hp_channels_stats(endpoint->channels)->dropped_messages;
    if (lost > 0) {
        log_info("peer %s: %" PRIu64 " messages were lost: their data channel was full or not open",
                endpoint->id, lost);
    }
}

static void
stop_media(struct hp_endpoint *endpoint)
{
    if (endpoint->tracks != NULL) {
        log_figures(endpoint);
    }
    struct hp_tracks *tracks = g_steal_pointer(&endpoint->tracks);
    hp_roam_stop(&endpoint->roam);
    hp_tracks_destroy(tracks);
}

static void
on_state(void *arg, enum hp_peer_state state, enum hp_status status)
{
    struct hp_endpoint *endpoint = arg;
    switch (state) {
    case HP_PEER_CONNECTING: break;
    case HP_PEER_CONNECTED:
        log_info("peer %s: connected, %s", endpoint->id, endpoint->ice->ops->pair(endpoint->ice));
        hp_tracks_handle_writable(endpoint->tracks);
        if (endpoint->was_connected) {
            hp_tracks_refresh(endpoint->tracks); // the browser has missed something
        }
        endpoint->was_connected = true;
        if (hp_dialog_plan(endpoint->dialog)->lacks_video_codec) {
            status = HP_STATUS_NO_CODEC; // each time, so that the page keeps showing it
        }
        break;
    case HP_PEER_DISCONNECTED:
        log_info("peer %s: the path to the browser is silent, an ICE restart follows",
                endpoint->id);
        if (endpoint->watchdog.ice_state == HP_ICE_FAILED) {
            on_consent_lost(endpoint); // media needs consent (RFC 7675)
        }
        break;
    case HP_PEER_FAILED:
        log_info("peer %s: ended: %s", endpoint->id, hp_status_name(status));
        endpoint->is_failed = true;
        stop_media(endpoint);
        break;
    }
    endpoint->cbs->on_state(endpoint->cbs_arg, state, status);
}

static void
on_restart(void *arg)
{
    hp_endpoint_offer(arg, true);
}

static int64_t
last_packet_us(void *arg)
{
    const struct hp_endpoint *endpoint = arg;
    return hp_transport_last_packet_us(endpoint->transport);
}

static int64_t
silent_since_us(void *arg)
{
    const struct hp_endpoint *endpoint = arg;
    return endpoint->tracks != NULL ? hp_tracks_silent_since_us(endpoint->tracks) : 0;
}

static int64_t
last_proof_us(void *arg)
{
    const struct hp_endpoint *endpoint = arg;
    return endpoint->tracks != NULL ? hp_tracks_last_proof_us(endpoint->tracks) : 0;
}

static const struct hp_watchdog_cbs watchdog_cbs = {
    .on_state = on_state,
    .on_restart = on_restart,
    .on_consent_lost = on_consent_lost,
    .last_packet_us = last_packet_us,
    .silent_since_us = silent_since_us,
    .last_proof_us = last_proof_us,
};

static void
refresh(void *arg)
{
    struct hp_endpoint *endpoint = arg;
    hp_tracks_refresh(endpoint->tracks); // roam is stopped before the tracks are destroyed
}

static const struct hp_roam_cbs roam_cbs = {
    .silent_since_us = silent_since_us,
    .last_proof_us = last_proof_us,
    .refresh = refresh,
};

// ---- beginning and end ----

static struct hp_dialog *
create_dialog(const struct hp_endpoint_params *params)
{
    struct hp_dialog_params dialog_params = {
        .codecs = params->codecs,
        .codec_count = params->codec_count,
        .fingerprint = params->fingerprint,
        .ice = params->ice,
    };
    return hp_dialog_create(&dialog_params);
}

static struct hp_transport *
create_transport(const struct hp_endpoint_params *params, struct hp_endpoint *endpoint)
{
    struct hp_transport_params transport_params = {
        .id = endpoint->id,
        .worker = endpoint->worker,
        .dtls_context = params->dtls_context,
        .path = params->path,
    };
    return hp_transport_create(&transport_params, &hp_endpoint_transport_cbs, endpoint);
}

static struct hp_tracks *
create_tracks(struct hp_endpoint *endpoint)
{
    const struct hp_negotiate_local *local = hp_dialog_local(endpoint->dialog);
    struct hp_tracks_params params = {
        .worker = endpoint->worker,
        .transport = hp_transport_rtp(endpoint->transport),
        .cname = local->cname,
    };
    memcpy(params.ssrcs, local->ssrcs, sizeof(params.ssrcs));
    memcpy(params.rtx_ssrcs, local->rtx_ssrcs, sizeof(params.rtx_ssrcs));
    return hp_tracks_create(&params, &hp_endpoint_track_cbs, endpoint);
}

static struct hp_channels *
create_channels(const struct hp_endpoint_params *params, struct hp_endpoint *endpoint)
{
    struct hp_channels_params channels_params = {
        .id = endpoint->id,
        .worker = endpoint->worker,
        .stack = params->sctp_stack,
    };
    struct hp_channels *channels =
            hp_channels_create(&channels_params, &hp_endpoint_channels_cbs, endpoint);
    hp_inputs_init(&endpoint->inputs, endpoint->worker, params->dialect, channels,
            params->input_sink);
    if (params->dialect == HP_DIALECT_V3) {
        // in the older dialect the client opens the channel
        hp_channels_open(channels, HP_INPUTS_LABEL, NULL);
    }
    return channels;
}

struct hp_endpoint *
hp_endpoint_create(
        const struct hp_endpoint_params *params, const struct hp_endpoint_cbs *cbs, void *arg)
{
    assert(hp_worker_is_current(params->worker));
    struct hp_endpoint *endpoint = g_new0(struct hp_endpoint, 1);
    endpoint->id = g_strdup(params->id);
    endpoint->worker = params->worker;
    endpoint->peer_cbs = params->peer_cbs;
    endpoint->peer_arg = params->peer_arg;
    endpoint->cbs = cbs;
    endpoint->cbs_arg = arg;
    endpoint->ice = params->ice;
    endpoint->ice->cbs = &hp_endpoint_ice_cbs;
    endpoint->ice->cbs_arg = endpoint;
    hp_watchdog_init(
            &endpoint->watchdog, endpoint->worker, params->timeouts, &watchdog_cbs, endpoint);
    hp_roam_init(&endpoint->roam, endpoint->worker, endpoint->ice, &roam_cbs, endpoint);
    endpoint->dialog = create_dialog(params);
    endpoint->transport = create_transport(params, endpoint);
    endpoint->tracks = create_tracks(endpoint);
    endpoint->channels = create_channels(params, endpoint);
    return endpoint;
}

void
hp_endpoint_close(struct hp_endpoint *endpoint, void (*on_gone)(void *arg), void *arg)
{
    assert(hp_worker_is_current(endpoint->worker));
    struct hp_ice *ice = endpoint->ice;
    hp_watchdog_stop(&endpoint->watchdog);
    stop_media(endpoint);
    log_lost_messages(endpoint);
    hp_inputs_stop(&endpoint->inputs);
    hp_channels_close(endpoint->channels);
    hp_channels_destroy(endpoint->channels);
    hp_transport_close(endpoint->transport);
    hp_transport_destroy(endpoint->transport);
    hp_dialog_destroy(endpoint->dialog);
    g_free(endpoint->id);
    g_free(endpoint);
    ice->ops->close(ice, on_gone, arg);
}

// ---- requests from home ----

// Gathers once. Candidates found at once are part of the description; later ones trickle.
static bool
gather(struct hp_endpoint *endpoint)
{
    if (endpoint->has_gathered) {
        return true;
    }
    endpoint->has_gathered = true;
    if (!endpoint->ice->ops->gather(endpoint->ice)) {
        hp_endpoint_fail(endpoint, HP_STATUS_NO_PORT); // the agent has logged the reason
        return false;
    }
    return true;
}

static void
// Tells the description; takes `sdp`, and NULL is fine.
say(struct hp_endpoint *endpoint, const char *type, char *sdp) // taken
{
    if (sdp != NULL) {
        endpoint->is_described = true;
        endpoint->cbs->on_description(endpoint->cbs_arg, type, sdp);
    }
    g_free(sdp);
}

void
hp_endpoint_offer(struct hp_endpoint *endpoint, bool restart_ice)
{
    if (endpoint->is_failed) {
        return;
    }
    hp_watchdog_start(&endpoint->watchdog);
    if (gather(endpoint)) {
        say(endpoint, "offer", hp_dialog_make_offer(endpoint->dialog, restart_ice));
        hp_endpoint_prepare_picture(endpoint);
    }
}

static bool
start_transport(struct hp_endpoint *endpoint)
{
    if (hp_transport_is_started(endpoint->transport)) {
        return true;
    }
    const struct hp_negotiate_remote *remote = hp_dialog_remote(endpoint->dialog);
    const struct hp_plan *plan = hp_dialog_plan(endpoint->dialog);
    char fingerprint[sizeof(remote->fingerprint_hash) + 1 + sizeof(remote->fingerprint)];
    g_snprintf(fingerprint, sizeof(fingerprint), "%s %s", remote->fingerprint_hash,
            remote->fingerprint);
    enum hp_dtls_role role = plan->setup == HP_SDP_SETUP_ACTIVE ? HP_DTLS_CLIENT : HP_DTLS_SERVER;
    return hp_transport_start(endpoint->transport, role, fingerprint);
}

static void
report_codecs(struct hp_endpoint *endpoint)
{
    if (!hp_dialog_plan(endpoint->dialog)->lacks_video_codec) {
        return;
    }
    // Sound and input work all the same, and the page tells the person.
    log_info("peer %s: the browser decodes none of the video codecs of capture.video.codec",
            endpoint->id);
    endpoint->cbs->on_state(endpoint->cbs_arg, endpoint->watchdog.state, HP_STATUS_NO_CODEC);
}

void
hp_endpoint_set_remote(struct hp_endpoint *endpoint, const char *type, const char *sdp)
{
    if (endpoint->is_failed) {
        return;
    }
    hp_watchdog_start(&endpoint->watchdog);
    if (!gather(endpoint)) {
        return;
    }
    struct hp_dialog_result result = hp_dialog_set_remote(endpoint->dialog, type, sdp);
    if (result.status != HP_STATUS_OK) {
        hp_endpoint_fail(endpoint, result.status);
        return;
    }
    if (result.is_stale) {
        log_debug("peer %s: an answer is ignored, no offer waits for it", endpoint->id);
        return;
    }
    say(endpoint, "answer", result.answer);
    if (!start_transport(endpoint)) {
        hp_endpoint_fail(endpoint, HP_STATUS_BAD_MESSAGE); // the fingerprint cannot be checked
        return;
    }
    hp_endpoint_apply_tracks(endpoint);
    hp_endpoint_start_channels(endpoint);
    report_codecs(endpoint);
    if (result.wants_restart) {
        hp_endpoint_offer(endpoint, true);
    }
}

void
hp_endpoint_add_candidate(struct hp_endpoint *endpoint, const char *candidate)
{
    endpoint->ice->ops->add_candidate(endpoint->ice, candidate);
}

void
hp_endpoint_enable_track(struct hp_endpoint *endpoint, enum hp_track_kind kind, bool is_enabled)
{
    if (endpoint->tracks != NULL) {
        hp_tracks_enable(endpoint->tracks, kind, is_enabled);
    }
}

void
hp_endpoint_select_level(struct hp_endpoint *endpoint, enum hp_track_kind kind, unsigned level)
{
    if (endpoint->tracks != NULL && !hp_tracks_select_level(endpoint->tracks, kind, level)) {
        log_debug("peer %s: the level stays, there is no level %u", endpoint->id, level);
    }
}

void
hp_endpoint_send(struct hp_endpoint *endpoint, const char *label, const void *data, size_t size,
        bool is_brief)
{
    // a dropped message is counted there
    if (is_brief) {
        hp_channels_send_brief(endpoint->channels, label, data, size);
    } else {
        hp_channels_send(endpoint->channels, label, data, size, false);
    }
}

void
hp_endpoint_send_rtcp(struct hp_endpoint *endpoint, const void *data, size_t size)
{
    struct hp_rtp_transport *transport = hp_transport_rtp(endpoint->transport);
    transport->ops->send_rtcp(transport, data, size);
}

static void
add_track_stats(const struct hp_tracks *tracks, struct hp_peer_stats *stats)
{
    struct hp_tracks_stats sent;
    hp_tracks_get_stats(tracks, &sent);
    stats->nacks = sent.nacks;
    stats->retransmitted = sent.retransmitted;
    stats->keyframe_requests = sent.keyframe_requests;
    stats->dropped_frames = sent.dropped_frames;
    stats->bad_packets += sent.bad_packets;
    stats->round_trip_us = sent.round_trip_us;
    stats->fraction_lost = sent.fraction_lost;
    stats->remb_bps = sent.remb_bps;
    stats->feedback_packets = sent.feedback_packets;
}

void
hp_endpoint_get_stats(const struct hp_endpoint *endpoint, struct hp_peer_stats *stats)
{
    const struct hp_transport_stats *transport = hp_transport_stats(endpoint->transport);
    const struct hp_ice *ice = endpoint->ice;
    *stats = (struct hp_peer_stats){
        .path = ice->path->ops->kind(ice->path),
        .packets_sent = transport->packets_sent,
        .bytes_sent = transport->bytes_sent,
        .packets_received = transport->packets_received,
        .bytes_received = transport->bytes_received,
        .bad_packets = transport->bad_packets + endpoint->inputs.bad_messages,
        .dropped_candidates = ice->ops->dropped_candidates(ice),
    };
    g_strlcpy(stats->pair, ice->ops->pair(ice), sizeof(stats->pair));
    if (endpoint->tracks != NULL) {
        add_track_stats(endpoint->tracks, stats);
    }
}

// transport.c - DTLS and SRTP over a path.
// Owner: hp_endpoint.  Thread: the peer's worker.
// RFC 7983 (first byte), RFC 5761 (RTCP beside RTP), RFC 5764 (DTLS-SRTP).
#include "dtls/transport.h"

#include <assert.h>

#include <glib.h>

#include "base/clock.h"
#include "base/guard.h"
#include "base/path.h"
#include "base/rtp_transport.h"
#include "base/worker.h"
#include "dtls/srtp.h"
#include "wire/rtp.h"

enum {
    PACKET_MAX = 1500, // bytes of a datagram that we send or take
    EARLY_MAX = 4, // datagrams; a ClientHello has one or two
};

struct hp_transport {
    struct hp_rtp_transport rtp; // the first member
    char *id;
    struct hp_worker *worker;
    struct hp_dtls_context *dtls_context;
    struct hp_path *path;
    const struct hp_transport_cbs *cbs;
    void *cbs_arg;
    enum hp_dtls_role role;
    struct hp_dtls *dtls;
    struct hp_srtp *srtp; // NULL until DTLS is connected
    bool is_open;
    bool is_running; // hp_dtls_start() has been called
    // Datagrams of DTLS that came before the handshake could run: the browser sends its ClientHello
    // as soon as its own check is answered, which may be sooner than ours is.
    GBytes *early[EARLY_MAX];
    unsigned early_count;
    // RTP packets that are protected and that the blocked path has not taken. They go first when
    // the path is free: a number must never be used for two texts, so what has been protected is
    // not protected again, whatever the path has done with it.
    GByteArray *held; // NULL: none
    unsigned held_sizes[HP_RTP_BATCH_MAX];
    unsigned held_count;
    struct hp_guard guard; // a callback may destroy the object
    int64_t last_packet_us;
    struct hp_transport_stats stats;
};

// Packets are protected in this buffer before the path takes them. It keeps no data between two
// calls, so one buffer a thread serves all its peers and stays in the processor's cache.
static _Thread_local uint8_t scratch[HP_RTP_BATCH_MAX * PACKET_MAX];

static unsigned
send_segments(struct hp_transport *transport, const struct hp_segment *segments, unsigned count)
{
    unsigned sent = transport->path->ops->send_run(transport->path, segments, count);
    for (unsigned i = 0; i < sent; i++) {
        transport->stats.bytes_sent += segments[i].size;
    }
    transport->stats.packets_sent += sent;
    return sent;
}

static void
on_dtls_send(void *arg, const uint8_t *data, size_t size)
{
    struct hp_segment segment = { .data = data, .size = size };
    send_segments(arg, &segment, 1);
}

static void
on_dtls_connected(void *arg, const struct hp_srtp_keys *keys)
{
    struct hp_transport *transport = arg;
    transport->srtp = hp_srtp_create(keys);
    if (transport->srtp == NULL) {
        transport->cbs->on_failed(transport->cbs_arg, "no SRTP");
        return;
    }
    transport->cbs->on_connected(transport->cbs_arg);
}

static void
on_dtls_data(void *arg, const uint8_t *data, size_t size)
{
    struct hp_transport *transport = arg;
    transport->cbs->on_data(transport->cbs_arg, data, size);
}

static void
on_dtls_failed(void *arg, const char *reason)
{
    struct hp_transport *transport = arg;
    transport->cbs->on_failed(transport->cbs_arg, reason);
}

static void
on_dtls_closed(void *arg)
{
    struct hp_transport *transport = arg;
    transport->cbs->on_closed(transport->cbs_arg);
}

static const struct hp_dtls_cbs dtls_cbs = {
    .on_send = on_dtls_send,
    .on_connected = on_dtls_connected,
    .on_data = on_dtls_data,
    .on_failed = on_dtls_failed,
    .on_closed = on_dtls_closed,
};

static void
recv_srtp(struct hp_transport *transport, const uint8_t *data, size_t size)
{
    if (transport->srtp == NULL || size > PACKET_MAX) {
        transport->stats.bad_packets++;
        return;
    }
    uint8_t plain[PACKET_MAX];
    bool is_rtcp = hp_rtp_is_rtcp(data, size);
    size_t plain_size = is_rtcp
            ? hp_srtp_unprotect_rtcp(transport->srtp, data, size, plain, sizeof(plain))
            : hp_srtp_unprotect(transport->srtp, data, size, plain, sizeof(plain));
    if (plain_size == 0) {
        transport->stats.bad_packets++;
        return;
    }
    transport->last_packet_us = hp_clock_now_us();
    if (is_rtcp) {
        transport->cbs->on_rtcp(transport->cbs_arg, plain, plain_size);
    } else {
        transport->cbs->on_rtp(transport->cbs_arg, plain, plain_size);
    }
}

static void
keep_early(struct hp_transport *transport, const uint8_t *data, size_t size)
{
    if (transport->early_count == EARLY_MAX || size > PACKET_MAX) {
        transport->stats.bad_packets++;
        return;
    }
    transport->early[transport->early_count++] = g_bytes_new(data, size);
}

static void
on_packet(void *arg, const uint8_t *data, size_t size)
{
    struct hp_transport *transport = arg;
    assert(hp_worker_is_current(transport->worker));
    transport->stats.packets_received++;
    transport->stats.bytes_received += size;
    if (size > 0 && data[0] >= 20 && data[0] <= 63) {
        if (!transport->is_running) {
            keep_early(transport, data, size);
            return;
        }
        transport->last_packet_us = hp_clock_now_us();
        // the last statement: it may destroy the transport
        hp_dtls_recv(transport->dtls, data, size);
    } else if (size > 0 && data[0] >= 128 && data[0] <= 191) {
        recv_srtp(transport, data, size);
    } else {
        transport->stats.bad_packets++;
    }
}

// Keeps what the path has not taken, in place of what was held before.
static void
hold(struct hp_transport *transport, const struct hp_segment *segments, unsigned count)
{
    GByteArray *held = count > 0 ? g_byte_array_new() : NULL;
    for (unsigned i = 0; i < count; i++) {
        g_byte_array_append(held, segments[i].data, (guint) segments[i].size);
        transport->held_sizes[i] = (unsigned) segments[i].size;
    }
    if (transport->held != NULL) {
        g_byte_array_unref(transport->held); // `segments` may point to it
    }
    transport->held = held;
    transport->held_count = count;
}

// Returns whether nothing is held any more.
static bool
send_held(struct hp_transport *transport)
{
    struct hp_segment segments[HP_RTP_BATCH_MAX];
    const uint8_t *data = transport->held_count > 0 ? transport->held->data : NULL;
    unsigned count = transport->held_count;
    for (unsigned i = 0; i < count; i++) {
        segments[i] = (struct hp_segment) { .data = data, .size = transport->held_sizes[i] };
        data += segments[i].size;
    }
    unsigned sent = count > 0 ? send_segments(transport, segments, count) : 0;
    if (sent > 0) {
        hold(transport, &segments[sent], count - sent);
    }
    return transport->held_count == 0;
}

static void
on_writable(void *arg)
{
    struct hp_transport *transport = arg;
    if (send_held(transport)) {
        transport->cbs->on_writable(transport->cbs_arg);
    }
}

static const struct hp_path_cbs path_cbs = {
    .on_packet = on_packet,
    .on_writable = on_writable,
};

static bool
is_connected(const struct hp_rtp_transport *rtp)
{
    return hp_transport_is_connected((const struct hp_transport *) rtp); // the first member
}

static void
send_batch(struct hp_transport *transport, const struct hp_rtp_packet *packets, unsigned count)
{
    struct hp_segment segments[HP_RTP_BATCH_MAX];
    unsigned ready = 0;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *out = &scratch[i * PACKET_MAX];
        size_t size = hp_srtp_protect(transport->srtp, &packets[i], out, PACKET_MAX);
        if (size > 0) {
            segments[ready++] = (struct hp_segment) { .data = out, .size = size };
        }
    }
    if (ready == 0) {
        return;
    }
    unsigned sent = send_segments(transport, segments, ready);
    if (sent < ready) {
        hold(transport, &segments[sent], ready - sent);
    }
}

static unsigned
send_rtp(struct hp_rtp_transport *rtp, const struct hp_rtp_packet *packets, unsigned count)
{
    struct hp_transport *transport = (struct hp_transport *) rtp; // the first member
    if (transport->srtp == NULL) {
        return count; // not connected: the packets are lost
    }
    unsigned done = 0;
    while (done < count && send_held(transport)) {
        unsigned part = MIN(count - done, HP_RTP_BATCH_MAX);
        send_batch(transport, &packets[done], part);
        done += part;
    }
    return done;
}

static void
send_rtcp(struct hp_rtp_transport *rtp, const uint8_t *data, size_t size)
{
    struct hp_transport *transport = (struct hp_transport *) rtp; // the first member
    if (transport->srtp == NULL) {
        return;
    }
    size_t out_size = hp_srtp_protect_rtcp(transport->srtp, data, size, scratch, PACKET_MAX);
    if (out_size > 0) {
        struct hp_segment segment = { .data = scratch, .size = out_size };
        send_segments(transport, &segment, 1);
    }
}

static const struct hp_rtp_transport_ops rtp_ops = {
    .is_connected = is_connected,
    .send_rtp = send_rtp,
    .send_rtcp = send_rtcp,
};

struct hp_transport *
hp_transport_create(
        const struct hp_transport_params *params, const struct hp_transport_cbs *cbs, void *arg)
{
    assert(hp_worker_is_current(params->worker));
    struct hp_transport *transport = g_new0(struct hp_transport, 1);
    transport->rtp.ops = &rtp_ops;
    transport->id = g_strdup(params->id);
    transport->worker = params->worker;
    transport->dtls_context = params->dtls_context;
    transport->path = params->path;
    transport->cbs = cbs;
    transport->cbs_arg = arg;
    transport->path->cbs = &path_cbs;
    transport->path->cbs_arg = transport;
    return transport;
}

static void
free_transport(struct hp_transport *transport)
{
    for (unsigned i = 0; i < transport->early_count; i++) {
        g_bytes_unref(transport->early[i]);
    }
    hold(transport, NULL, 0);
    hp_srtp_destroy(transport->srtp);
    g_free(transport->id);
    g_free(transport);
}

void
hp_transport_destroy(struct hp_transport *transport)
{
    if (transport == NULL) {
        return;
    }
    transport->path->cbs = NULL;
    hp_dtls_destroy(g_steal_pointer(&transport->dtls));
    if (hp_guard_destroy(&transport->guard)) {
        free_transport(transport);
    }
}

static void
recv_early(struct hp_transport *transport)
{
    for (unsigned i = 0; i < transport->early_count && !transport->guard.is_destroyed; i++) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(transport->early[i], &size);
        transport->last_packet_us = hp_clock_now_us();
        hp_dtls_recv(transport->dtls, data, size);
    }
}

// The last statement of its callers: it may destroy the transport.
static void
run_dtls(struct hp_transport *transport)
{
    if (transport->dtls == NULL || !transport->is_open || transport->is_running) {
        return;
    }
    transport->is_running = true;
    hp_guard_enter(&transport->guard);
    hp_dtls_start(transport->dtls);
    recv_early(transport);
    if (hp_guard_leave(&transport->guard)) {
        free_transport(transport);
    }
}

bool
hp_transport_start(
        struct hp_transport *transport, enum hp_dtls_role role, const char *fingerprint)
{
    assert(transport->dtls == NULL);
    const char *const fingerprints[] = { fingerprint, NULL };
    struct hp_dtls_params params = {
        .id = transport->id,
        .worker = transport->worker,
        .context = transport->dtls_context,
        .role = role,
        .fingerprints = fingerprints,
        .mtu = transport->path->ops->max_payload(transport->path),
    };
    transport->role = role;
    transport->dtls = hp_dtls_create(&params, &dtls_cbs, transport);
    if (transport->dtls == NULL) {
        return false; // hp_dtls_create() has logged the reason
    }
    run_dtls(transport);
    return true;
}

void
hp_transport_open(struct hp_transport *transport)
{
    transport->is_open = true;
    run_dtls(transport);
}

bool
hp_transport_is_started(const struct hp_transport *transport)
{
    return transport->dtls != NULL;
}

bool
hp_transport_is_connected(const struct hp_transport *transport)
{
    return transport->srtp != NULL;
}

enum hp_dtls_role
hp_transport_role(const struct hp_transport *transport)
{
    return transport->role;
}

void
hp_transport_send_data(struct hp_transport *transport, const uint8_t *data, size_t size)
{
    if (transport->dtls != NULL && hp_dtls_is_connected(transport->dtls)) {
        hp_dtls_send(transport->dtls, data, size);
    }
}

struct hp_rtp_transport *
hp_transport_rtp(struct hp_transport *transport)
{
    return &transport->rtp;
}

size_t
hp_transport_max_data(const struct hp_transport *transport)
{
    return hp_dtls_max_data(transport->dtls);
}

int64_t
hp_transport_last_packet_us(const struct hp_transport *transport)
{
    return transport->last_packet_us;
}

void
hp_transport_close(struct hp_transport *transport)
{
    if (transport->dtls != NULL) {
        hp_dtls_close(transport->dtls);
    }
}

const struct hp_transport_stats *
hp_transport_stats(const struct hp_transport *transport)
{
    return &transport->stats;
}

// transport.h - DTLS and SRTP over a path: tells arriving datagrams apart (RFC 7983), keys SRTP
// from DTLS (RFC 5764), and sends. Knows nothing below the path. On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtls/dtls.h"

struct hp_path;
struct hp_rtp_transport;
struct hp_transport;
struct hp_worker;

struct hp_transport_params {
    const char *id; // for logs; copied
    struct hp_worker *worker;
    struct hp_dtls_context *dtls_context;
    struct hp_path *path; // outlives the transport, which fills in its cbs
};

struct hp_transport_cbs {
    void (*on_connected)(void *arg);
    void (*on_failed)(void *arg, const char *reason); // the handshake failed; reason: borrowed
    void (*on_closed)(void *arg);                     // the other side has ended the connection
    void (*on_rtp)(void *arg, const uint8_t *data, size_t size);  // authentic, decrypted
    void (*on_rtcp)(void *arg, const uint8_t *data, size_t size); // the same
    void (*on_data)(void *arg, const uint8_t *data, size_t size); // SCTP
    void (*on_writable)(void *arg); // after a send that took only some packets
};

struct hp_transport_stats {
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
    uint64_t bad_packets; // neither DTLS nor RTP, or not authentic
};

// Owner: the endpoint. Never NULL.
struct hp_transport *hp_transport_create(
        const struct hp_transport_params *params, const struct hp_transport_cbs *cbs, void *arg);
void hp_transport_destroy(struct hp_transport *transport);

// The remote description is known; `fingerprint` is the value of its a=fingerprint line. The
// handshake begins as soon as the path is open. To be called once; false: the reason has been
// logged.
bool hp_transport_start(
        struct hp_transport *transport, enum hp_dtls_role role, const char *fingerprint);

// The path carries packets from now on. The first few datagrams of DTLS that came before take part
// in the handshake. A callback may come before this returns.
void hp_transport_open(struct hp_transport *transport);

bool hp_transport_is_started(const struct hp_transport *transport);
bool hp_transport_is_connected(const struct hp_transport *transport);
enum hp_dtls_role hp_transport_role(const struct hp_transport *transport);

// The trait by which tracks send RTP and RTCP. When send_rtp() takes fewer packets than it is
// given, on_writable follows. The trait lives as long as the transport.
struct hp_rtp_transport *hp_transport_rtp(struct hp_transport *transport);

// Sends a packet of SCTP as a DTLS record; the packet is lost when DTLS is not connected.
void hp_transport_send_data(struct hp_transport *transport, const uint8_t *data, size_t size);
size_t hp_transport_max_data(const struct hp_transport *transport);

// Time of the last authentic datagram, or of the last DTLS datagram, hp_clock; 0: none.
int64_t hp_transport_last_packet_us(const struct hp_transport *transport);

// Says goodbye to the other side (close_notify).
void hp_transport_close(struct hp_transport *transport);

const struct hp_transport_stats *hp_transport_stats(const struct hp_transport *transport);

// dtls.h - DTLS 1.2 with one browser: handshake, fingerprint check, keys for SRTP, records for
// SCTP. RFC 6347, RFC 5764. Everything on the peer's worker. Callbacks may call any function here,
// even hp_dtls_destroy().
//
//   create --start--> handshake --> on_connected --> on_data ... --> on_closed (the peer ended it)
//                         `-----> on_failed (deadline, alert, wrong fingerprint)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_dtls;
struct hp_dtls_context;
struct hp_srtp_keys;
struct hp_worker;

enum hp_dtls_role {
    HP_DTLS_CLIENT, // we sent a=setup:active
    HP_DTLS_SERVER, // we sent a=setup:passive, or the other side answered active
};

struct hp_dtls_params {
    const char *id; // for logs; copied
    struct hp_worker *worker;
    struct hp_dtls_context *context;
    enum hp_dtls_role role;
    // Values of a=fingerprint lines, NULL-terminated; copied: "sha-256 AB:CD:...", also sha-384 and
    // sha-512; others are ignored. Of those with the strongest hash, one has to match.
    const char *const *fingerprints;
    size_t mtu; // largest datagram in bytes; 0: 1200
    int64_t timeout_ms; // from start until connected; 0: 15 s
};

struct hp_dtls_cbs {
    void (*on_send)(
            void *arg, const uint8_t *data, size_t size); // a datagram for the path; borrowed
    // The peer's certificate has matched. `keys` are for hp_srtp_create(); borrowed, wiped
    // afterwards.
    void (*on_connected)(void *arg, const struct hp_srtp_keys *keys);
    void (*on_data)(void *arg, const uint8_t *data, size_t size); // a record's content: SCTP
    // At most one of the next two is called, once. Afterwards the object is silent until it is
    // destroyed.
    void (*on_failed)(void *arg, const char *reason); // before on_connected
    void (*on_closed)(void *arg); // after on_connected
};

// Counters for a metrics page; the server does not act on them.
struct hp_dtls_stats {
    uint64_t bad_datagrams; // not DTLS, or records that were refused
    uint64_t retransmissions; // of our handshake messages
};

// NULL: the reason (no usable fingerprint) has been logged. Owner: the transport.
struct hp_dtls *hp_dtls_create(
        const struct hp_dtls_params *params, const struct hp_dtls_cbs *cbs, void *arg);

// Frees the object without a message to the peer; no callback follows.
void hp_dtls_destroy(struct hp_dtls *dtls);

// The path is open: a client sends its hello, a server waits; the deadline begins. To be called
// once.
void hp_dtls_start(struct hp_dtls *dtls);

// Takes a datagram whose first byte is 20..63 (RFC 7983). Bad datagrams are counted and dropped,
// and so is every one before hp_dtls_start(): the peer sends it again.
void hp_dtls_recv(struct hp_dtls *dtls, const uint8_t *data, size_t size);

// Sends application data as one record in one datagram, at most hp_dtls_max_data() bytes. False:
// not connected, or too large.
bool hp_dtls_send(struct hp_dtls *dtls, const uint8_t *data, size_t size);

// Sends close_notify if connected. No callback follows.
void hp_dtls_close(struct hp_dtls *dtls);

bool hp_dtls_is_connected(const struct hp_dtls *dtls);

// The largest record content that fits into a datagram (the MTU of SCTP).
size_t hp_dtls_max_data(const struct hp_dtls *dtls);

const struct hp_dtls_stats *hp_dtls_stats(const struct hp_dtls *dtls);

// sctp.h - the SCTP association of one browser over DTLS (RFC 8261), by usrsctp. Everything on the
// peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sctp/sctp_message.h"

struct hp_sctp;
struct hp_sctp_stack;
struct hp_worker;

enum {
    HP_SCTP_SEND_BUFFER_MAX = 1024 * 1024, // bytes that wait to be sent
};

struct hp_sctp_params {
    const char *id; // for logs; copied
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
    uint16_t local_port, remote_port; // 0: HP_SCTP_PORT
    size_t mtu; // largest packet in bytes: the capacity of one DTLS record
    size_t max_send_size; // the peer's a=max-message-size; 0: 64 KB (RFC 8841 6.1)
};

// All on the association's worker, never from inside the library. Callbacks may call any function
// here, even hp_sctp_destroy().
struct hp_sctp_cbs {
    void (*on_send)(void *arg, const uint8_t *data, size_t size); // a packet for DTLS; borrowed
    void (*on_connected)(void *arg);
    void (*on_message)(void *arg, const struct hp_sctp_message *message);
    // the peer has closed its direction of the stream
    void (*on_stream_reset)(void *arg, uint16_t stream);
    void (*on_writable)(void *arg); // after a refused send: there is room again
    // Called once: aborted or ended by the peer, lost, or the peer broke a limit (a message > 256
    // KB). Afterwards the object is silent until it is destroyed.
    void (*on_closed)(void *arg, const char *reason);
};

// Connects at once: both sides send INIT (RFC 8831 does not say which side begins), and the library
// resolves collisions. A peer that only listens or only calls works as well. NULL: the reason has
// been logged.
struct hp_sctp *hp_sctp_create(
        const struct hp_sctp_params *params, const struct hp_sctp_cbs *cbs, void *arg);

// Frees the association at any moment. No callback follows, no packet is sent.
void hp_sctp_destroy(struct hp_sctp *sctp);

// Sends ABORT through on_send before it returns; no other callback follows.
void hp_sctp_close(struct hp_sctp *sctp);

// Takes a packet that DTLS received. The library drops bad packets.
void hp_sctp_recv(struct hp_sctp *sctp, const uint8_t *data, size_t size);

// Sends a message, or keeps a copy until the window opens. False: not connected, larger than the
// peer takes, or HP_SCTP_SEND_BUFFER_MAX bytes wait already. Then the whole message is dropped, and
// on_writable follows once less than half of the buffer waits. Order within a stream is kept.
bool hp_sctp_send(struct hp_sctp *sctp, const struct hp_sctp_message *message);

// Sends a HEARTBEAT (RFC 9260 section 8.3), which every peer acknowledges at once. Without an
// association nothing happens.
void hp_sctp_probe(struct hp_sctp *sctp);

// Closes our direction of a stream (RFC 6525), after the messages sent before.
void hp_sctp_reset_stream(struct hp_sctp *sctp, uint16_t stream);

bool hp_sctp_is_connected(const struct hp_sctp *sctp);

// Number of streams that both sides agreed on, in each direction; 0 before on_connected.
uint16_t hp_sctp_stream_count(const struct hp_sctp *sctp);

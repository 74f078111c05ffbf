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
    size_t mtu; // largest packet in bytes: what one DTLS record takes
    size_t max_send_size; // the peer's a=max-message-size; 0: 64 KB (RFC 8841 6.1)
};

// All on the association's worker, never from inside the library: any function here may be called,
// hp_sctp_destroy too.
struct hp_sctp_cbs {
    void (*on_send)(void *arg, const uint8_t *data, size_t size); // a packet for DTLS; borrowed
    void (*on_connected)(void *arg);
    void (*on_message)(void *arg, const struct hp_sctp_message *message);
    void (*on_stream_reset)(void *arg, uint16_t stream); // the peer closed its direction
    void (*on_writable)(void *arg); // after a send was refused: room again
    // Once: aborted or ended by the peer, lost, or it broke a bound (a message > 256 KB). The
    // object then is silent until it is destroyed.
    void (*on_closed)(void *arg, const char *reason);
};

// Begins at once: both sides send INIT (RFC 8831 does not say who begins), collisions are resolved
// by the library; a peer that only listens or only calls works as well. NULL after logging why.
struct hp_sctp *hp_sctp_create(
        const struct hp_sctp_params *params, const struct hp_sctp_cbs *cbs, void *arg);

// Ends it at any moment. No callback follows. Nothing is sent.
void hp_sctp_destroy(struct hp_sctp *sctp);

// Sends ABORT through on_send before it returns; no other callback follows.
void hp_sctp_close(struct hp_sctp *sctp);

// Takes what DTLS received. Bad packets are dropped by the library.
void hp_sctp_recv(struct hp_sctp *sctp, const uint8_t *data, size_t size);

// Sends a message, or keeps a copy until the window opens. False: not connected, larger than
// the peer takes, or HP_SCTP_SEND_BUFFER_MAX bytes wait already; the message was dropped whole and
// on_writable follows once less than half of the buffer waits. Order within a stream is kept.
bool hp_sctp_send(struct hp_sctp *sctp, const struct hp_sctp_message *message);

// Closes our direction of a stream (RFC 6525), after what was sent before has left.
void hp_sctp_reset_stream(struct hp_sctp *sctp, uint16_t stream);

bool hp_sctp_is_connected(const struct hp_sctp *sctp);

// Streams that both sides agreed on, in each direction; 0 before on_connected.
uint16_t hp_sctp_stream_count(const struct hp_sctp *sctp);

// sctp.h - SCTP over DTLS (RFC 8261) by usrsctp: a stack, and one association per browser.
//
// usrsctp is one instance for the whole process with a clock of its own, so three rules hold:
// - one thread at a time calls its timers: that of the oldest hp_sctp_stack;
// - what it knows of an association is an id, looked up in a table under a lock, never a pointer;
// - what it sends is copied and posted to the association's own worker, and looked up again there.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_sctp;
struct hp_sctp_stack;
struct hp_worker;

// Brings the library up (once for the process, where it then stays; several stacks may live side by
// side) and runs its timers on `worker`, on whose thread it is created and destroyed. Owner: hp_rtc,
// with its home thread. All associations of a stack are destroyed before it, all workers after it.
struct hp_sctp_stack *hp_sctp_stack_create(struct hp_worker *worker);
void hp_sctp_stack_destroy(struct hp_sctp_stack *stack);

enum {
    HP_SCTP_PORT = 5000,
    HP_SCTP_STREAMS = 1024, // of each direction: ids 0..1023
    HP_SCTP_MESSAGE_MAX = 256 * 1024, // bytes; a=max-message-size of ours
    HP_SCTP_SEND_BUFFER_MAX = 1024 * 1024, // bytes that wait to be sent
};

enum hp_sctp_reliability {
    HP_SCTP_RELIABLE,
    HP_SCTP_MAX_RETRANSMITS, // value: times
    HP_SCTP_MAX_LIFETIME, // value: milliseconds
};

struct hp_sctp_message {
    uint16_t stream;
    uint32_t ppid; // host byte order, see wire/dcep.h
    bool is_unordered;
    enum hp_sctp_reliability reliability; // outbound only
    uint32_t reliability_value;
    const uint8_t *data; // borrowed
    size_t size;
};

struct hp_sctp_params {
    const char *id; // for logs; copied
    struct hp_worker *worker;
    struct hp_sctp_stack *stack;
    uint16_t local_port, remote_port; // 0: HP_SCTP_PORT
    size_t mtu; // largest packet: hp_dtls_max_data()
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

// Bytes that wait here for the window to open.
size_t hp_sctp_waiting_size(const struct hp_sctp *sctp);

// gate.h - stands between a client's connection and libwebsockets: carries TLS, reads each head
// strictly, and hands on one request at a time as plain text through a pair of sockets. Main
// thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct hp_gate;
struct hp_poller;
struct hp_stream;
struct hp_worker;

struct hp_gate_params {
    struct hp_worker *main;
    struct hp_poller *poller;
    int fd; // the connection; taken
    SSL *ssl; // NULL: plain; taken
    unsigned head_timeout_ms; // for the handshake of TLS, and again for the first head
    unsigned idle_timeout_ms; // between two requests
    bool (*may_pass)(const char *name); // of a header; NULL: all are handed on
};

struct hp_gate_cbs {
    // The first head is in order. Takes a descriptor on which this and the later requests come and
    // the answers go, as of an HTTP connection without TLS. False: it was closed.
    bool (*on_open)(void *arg, int fd);
    // What came under TLS is no HTTP but STUN, which begins with another byte. Takes the stream, of
    // which these bytes have been read; on_closed follows. NULL: such a client is refused.
    void (*on_guest)(void *arg, struct hp_stream *stream, const uint8_t *data, size_t size);
    // Both connections are closed. It comes from the loop, and is the last call.
    void (*on_closed)(void *arg);
};

// `cbs` and `arg` are kept. Never NULL. Owner: the connection of edge.
struct hp_gate *hp_gate_create(
        const struct hp_gate_params *params, const struct hp_gate_cbs *cbs, void *arg);
void hp_gate_destroy(struct hp_gate *gate); // closes what is open, without on_closed; NULL is fine

// The request has been read: from now on its limits of time are edge's.
void hp_gate_note_read(struct hp_gate *gate);
// The answer to the request is written: the next one may come.
void hp_gate_next(struct hp_gate *gate);
// The answer was 101: frames of a WebSocket follow.
void hp_gate_upgrade(struct hp_gate *gate);
// Answers the request, of which nothing is answered yet, and ends the connection. `message` is
// copied.
void hp_gate_refuse(struct hp_gate *gate, int status, const char *message);
// Closes both connections at once; bytes under way are lost. on_closed follows.
void hp_gate_cut(struct hp_gate *gate);
// While the client must stay, the connection is cut when the client sends no more bytes.
void hp_gate_set_must_stay(struct hp_gate *gate, bool must_stay);

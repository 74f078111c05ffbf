// stream.h - the bytes of one TCP connection, plain or under TLS. Nothing blocks. All calls on the
// thread of its poller.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

struct hp_poller;
struct hp_stream;

enum {
    HP_STREAM_READABLE = 1,
    HP_STREAM_WRITABLE = 2,
    HP_STREAM_GREETED = 4, // once: the handshake of TLS is over
    HP_STREAM_BROKEN = 8, // the last event: destroy the stream
    HP_STREAM_READ_SIZE = 16384, // bytes to read at a time: a record of TLS
};

// `events`: READABLE and WRITABLE if they were asked for, the others at any time. It may destroy
// the stream.
typedef void (*hp_stream_fn)(void *arg, unsigned events);

// Takes the connection; ssl: NULL, or of a server, taken. Never NULL. Owner: the gate, or a guest.
struct hp_stream *hp_stream_create(
        struct hp_poller *poller, int fd, SSL *ssl, hp_stream_fn fn, void *arg);
void hp_stream_destroy(struct hp_stream *stream); // closes

// Takes the stream from its poller: no event comes, until it is attached to that of any worker, on
// whose thread all further calls are.
void hp_stream_detach(struct hp_stream *stream);
void hp_stream_attach(
        struct hp_stream *stream, struct hp_poller *poller, hp_stream_fn fn, void *arg);

int hp_stream_fd(const struct hp_stream *stream); // for options of the socket

// Asks for these events, until the next call. must_stay: it also counts as broken when the other
// side sends no more bytes.
void hp_stream_watch(struct hp_stream *stream, unsigned events, bool must_stay);

// Reads at most `size` bytes, which is HP_STREAM_READ_SIZE or more. Returns how many; 0: none has
// come; -1: no more will.
int hp_stream_read(struct hp_stream *stream, void *data, size_t size);
// Returns how many bytes were taken; 0: none, repeat with the same ones and perhaps more behind
// them; -1: broken.
int hp_stream_write(struct hp_stream *stream, const void *data, size_t size);

// No more bytes are written, and the client is told so. Bytes that still come are read by
// hp_stream_discard() only.
void hp_stream_end(struct hp_stream *stream);
// Forgets bytes that have come after the end. False: no more will come.
bool hp_stream_discard(struct hp_stream *stream);

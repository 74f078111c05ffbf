// stream.h - the bytes of one TCP connection, plain or under TLS, on the loop of a worker. Nothing
// blocks. All calls on the worker's thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

struct hp_stream;
struct hp_worker;

enum {
    HP_STREAM_READABLE = 1,
    HP_STREAM_WRITABLE = 2,
    HP_STREAM_BROKEN = 4, // the last event: destroy the stream
    HP_STREAM_READ_SIZE = 16384, // bytes to read at a time: a record of TLS
};

// `events`: those of above that were asked for, and BROKEN at any time. It may destroy the stream.
typedef void (*hp_stream_fn)(void *arg, unsigned events);

// Takes the connection; ssl: NULL, or of a server, taken. Nothing is asked for yet. A handshake of
// TLS runs by itself as soon as anything is asked for. Never NULL. Owner: the connection.
struct hp_stream *hp_stream_create(
        struct hp_worker *worker, int fd, SSL *ssl, hp_stream_fn fn, void *arg);
void hp_stream_destroy(struct hp_stream *stream); // closes

// Asks for these events, until the next call. must_stay: it also counts as broken when the other
// side sends no more bytes.
void hp_stream_watch(struct hp_stream *stream, unsigned events, bool must_stay);
// HP_STREAM_READABLE comes once from the loop, whether bytes have come or not.
void hp_stream_kick(struct hp_stream *stream);

// Reads at most `size` bytes, which is HP_STREAM_READ_SIZE or more. Returns how many; 0: none has
// come; -1: no more will.
int hp_stream_read(struct hp_stream *stream, void *data, size_t size);
// Returns how many bytes were taken; 0: none, repeat with the same ones and perhaps more behind
// them; -1: broken.
int hp_stream_write(struct hp_stream *stream, const void *data, size_t size);

void hp_stream_end(struct hp_stream *stream); // no more bytes are written, and the client told so
void hp_stream_cut(struct hp_stream *stream); // HP_STREAM_BROKEN follows from the loop

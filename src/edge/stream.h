// stream.h - a request whose body and answer are passed on in pieces, in constant memory. RFC 9112
// section 7.1. Main thread.
//
// A route of hp_http_add_stream() is called as soon as the head has come. It either answers at once
// with hp_request_reply*(), without the body, or opens a stream:
//
//   on_body* on_body_end            respond  write* finish
//   |--- the client's body ---|     |--- the answer ---|     on_closed: always, once, the last
//
// A route that begins its answer before on_body_end gives up the rest of the body: on_body does not
// come any more, and the connection ends with the answer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/http.h"

struct hp_stream;

enum {
    // bytes that may wait for a slow client before write() returns false
    HP_STREAM_QUEUE = 256 * 1024,
    HP_STREAM_PIECE_MAX = 1024 * 1024, // bytes of one write()
};

struct hp_stream_cbs {
    void (*on_body)(void *arg, const void *data, size_t size); // at most 20 KB at a time
    void (*on_body_end)(void *arg); // the body is complete; called for an empty body too
    void (*on_writable)(void *arg); // write() has returned false, and now there is room again
    // is_complete: the socket has taken the whole answer. Otherwise the client left, or took or
    // sent no bytes for 20 s or body_timeout_ms, or the route did nothing for 5 minutes.
    void (*on_closed)(void *arg, bool is_complete);
};

// Adds a route for every method except OPTIONS; `path` as in hp_http_add_route(). fn has to answer
// or to open a stream before it returns.
void hp_http_add_stream(struct hp_http *http, const char *path, hp_route_fn fn, void *arg);

// To be called inside fn only, once. `cbs` and `arg` are kept until on_closed. Owner: the request.
// on_body and on_body_end follow after fn has returned. Facts of the request stay valid until
// on_closed.
struct hp_stream *hp_stream_open(
        struct hp_request *request, const struct hp_stream_cbs *cbs, void *arg);

// Pauses or resumes the body. At most 20 KB that come during a pause are kept; the call that
// resumes passes them on before it returns.
void hp_stream_set_paused(struct hp_stream *stream, bool is_paused);

// Begins the answer, once. `length`: of its body in bytes; -1: unknown (HTTP/1.1 sends chunks; with
// HTTP/1.0 the end of the connection is the end of the body). HEAD gets the length and no body.
void hp_stream_respond(
        struct hp_stream *stream, int status, const char *content_type, int64_t length);

// Queues a piece of the answer (copied), after respond. False: no byte was taken. Either
// HP_STREAM_QUEUE bytes wait already (on_writable follows), or the call is wrong: after finish, a
// piece of more than HP_STREAM_PIECE_MAX bytes, or beyond the length, which is logged.
bool hp_stream_write(struct hp_stream *stream, const void *data, size_t size);

// The answer ends with the queued pieces. If they are less than the length, the connection is cut.
void hp_stream_finish(struct hp_stream *stream);

// Cuts the connection. No callback follows, not even on_closed.
void hp_stream_abort(struct hp_stream *stream);

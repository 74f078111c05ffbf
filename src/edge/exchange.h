// exchange.h - a request whose body and answer are passed on in pieces, in constant memory. RFC
// 9112 section 7.1. Main thread.
//
// A route of hp_http_add_exchange() is called as soon as the head has come. It either answers at
// once with hp_request_reply*(), without the body, or opens an exchange:
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

struct hp_exchange;
struct hp_request;

enum {
    // bytes that may wait for a slow client before write() returns false
    HP_EXCHANGE_QUEUE = 256 * 1024,
    HP_EXCHANGE_PIECE_MAX = 1024 * 1024, // bytes of one write()
};

struct hp_exchange_cbs {
    void (*on_body)(void *arg, const void *data, size_t size); // at most 20 KB at a time
    void (*on_body_end)(void *arg); // the body is complete; called for an empty body too
    void (*on_writable)(void *arg); // write() has returned false, and now there is room again
    // is_complete: the socket has taken the whole answer. Otherwise the client left, or took or
    // sent no bytes for 20 s or body_timeout_ms, sent its body at less than 4 KiB a second, or the
    // route did nothing for 5 minutes.
    void (*on_closed)(void *arg, bool is_complete);
};

// To be called inside the route's function only, once. `cbs` and `arg` are kept until on_closed.
// Owner: the request. on_body and on_body_end follow after the function has returned. Facts of the
// request stay valid until on_closed.
struct hp_exchange *hp_exchange_open(
        struct hp_request *request, const struct hp_exchange_cbs *cbs, void *arg);

// Pauses or resumes the body. At most 20 KB that come during a pause are kept; the call that
// resumes passes them on before it returns.
void hp_exchange_set_paused(struct hp_exchange *exchange, bool is_paused);

// Begins the answer, once. `length`: of its body in bytes; -1: unknown (HTTP/1.1 sends chunks; with
// HTTP/1.0 the end of the connection is the end of the body). HEAD gets the length and no body.
void hp_exchange_respond(
        struct hp_exchange *exchange, int status, const char *content_type, int64_t length);

// Queues a piece of the answer (copied), after respond. False: no byte was taken. Either
// HP_EXCHANGE_QUEUE bytes wait already (on_writable follows), or the call is wrong: after finish, a
// piece of more than HP_EXCHANGE_PIECE_MAX bytes, or beyond the length, which is logged.
bool hp_exchange_write(struct hp_exchange *exchange, const void *data, size_t size);

// The answer ends with the queued pieces. If they are less than the length, the connection is cut.
void hp_exchange_finish(struct hp_exchange *exchange);

// Cuts the connection. No callback follows, not even on_closed.
void hp_exchange_abort(struct hp_exchange *exchange);

// For the files of the server. False: close the connection.
bool hp_exchange_push_body(struct hp_exchange *exchange, const void *data, size_t size);
void hp_exchange_end_body(struct hp_exchange *exchange);
// reads, writes or waits, depending on whose turn it is
void hp_exchange_settle(struct hp_exchange *exchange);
bool hp_exchange_has_output(const struct hp_exchange *exchange);
bool hp_exchange_is_written(const struct hp_exchange *exchange);
bool hp_exchange_write_next(struct hp_exchange *exchange); // false: close
void hp_exchange_close(struct hp_exchange *exchange, bool is_complete); // the last call; frees it

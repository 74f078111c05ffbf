// exchange.h - a request whose body and answer pass in pieces, in constant memory. Main thread.
//
// A route of hp_http_add_exchange() is called as soon as the head is there. It either answers at
// once with hp_request_reply*(), without the body, or opens an exchange:
//
//   on_body* on_body_end            respond  write* finish
//   |--- the client's body ---|     |--- the answer ---|     on_closed: always, once, the last
//
// An answer that begins before on_body_end gives up the rest of the body: no piece of it comes any
// more, and the connection ends with the answer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_exchange;
struct hp_request;

enum {
    HP_EXCHANGE_QUEUE = 256 * 1024, // bytes that wait for a slow client before write() says false
    HP_EXCHANGE_PIECE_MAX = 1024 * 1024, // bytes of one write()
};

struct hp_exchange_cbs {
    void (*on_body)(void *arg, const void *data, size_t size); // at most 20 KB at a time
    void (*on_body_end)(void *arg); // the body is whole; also when it was empty
    void (*on_writable)(void *arg); // write() has said false, now there is room
    // is_complete: the whole answer was handed to the socket. Otherwise the client left, took or
    // sent nothing for 20 s or body_timeout_ms, or nothing moved for 5 minutes.
    void (*on_closed)(void *arg, bool is_complete);
};

// Inside the route's function only; once. `cbs` and `arg` are kept until on_closed. Owner: the
// request. on_body and on_body_end follow after the function has returned. Facts of the request are
// valid until on_closed.
struct hp_exchange *hp_exchange_open(
        struct hp_request *request, const struct hp_exchange_cbs *cbs, void *arg);

// Pauses the body: no piece comes until it is resumed, at most 20 KB are kept meanwhile. Those come
// inside the call that resumes.
void hp_exchange_set_paused(struct hp_exchange *exchange, bool is_paused);

// Begins the answer, once. length: of its body in bytes, -1: not known (HTTP/1.1: chunks; HTTP/1.0:
// the connection's end is its end). To HEAD the length is said and nothing of the body is sent.
void hp_exchange_respond(
        struct hp_exchange *exchange, int status, const char *content_type, int64_t length);

// Queues a piece of the answer (copied), after respond. False: nothing was taken, since
// HP_EXCHANGE_QUEUE bytes wait (on_writable follows), or for good: after finish, and for a piece of
// more than HP_EXCHANGE_PIECE_MAX bytes or beyond the length, which is logged.
bool hp_exchange_write(struct hp_exchange *exchange, const void *data, size_t size);

// The answer ends with what is queued. Less than the length: the connection is cut.
void hp_exchange_finish(struct hp_exchange *exchange);

// Cuts the connection. Nothing is called any more, not even on_closed.
void hp_exchange_abort(struct hp_exchange *exchange);

// For the files of the server: what they tell an exchange.
// False: close the connection.
bool hp_exchange_push_body(struct hp_exchange *exchange, const void *data, size_t size);
void hp_exchange_end_body(struct hp_exchange *exchange);
void hp_exchange_settle(struct hp_exchange *exchange); // reads, writes or waits, as is its turn now
bool hp_exchange_has_output(const struct hp_exchange *exchange);
bool hp_exchange_is_written(const struct hp_exchange *exchange);
bool hp_exchange_write_next(struct hp_exchange *exchange); // false: close
void hp_exchange_close(struct hp_exchange *exchange, bool is_complete); // the last call; frees it

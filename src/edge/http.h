// http.h - the HTTP server: its routes, and the facts and answers of requests. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "edge/http_params.h"

struct hp_http;
struct hp_listener_counters;
struct hp_request;
struct hp_worker;

// Listens and serves. NULL: the reason was logged.
struct hp_http *hp_http_create(struct hp_worker *main, const struct hp_http_params *params);

// Accepts no connection any more, closes WebSockets with code 1001, and calls done(arg) when the
// last connection is gone, at most 1 s later.
void hp_http_shutdown(struct hp_http *http, void (*done)(void *arg), void *arg);

// Cuts every open connection: on_close of its WebSocket, on_closed of its exchange is called.
// NULL is fine.
void hp_http_destroy(struct hp_http *http);

// The port that the server listens at (of interest when 0 was asked for).
uint16_t hp_http_port(const struct hp_http *http);

// Valid until hp_http_destroy().
const struct hp_listener_counters *hp_http_listener_counters(const struct hp_http *http);

// Answers a request, exactly once, now or later on the main thread; also when the client has left
// in the meantime (the answer is dropped then).
typedef void (*hp_route_fn)(void *arg, struct hp_request *request);

// Adds a route for this path below the configured prefix, exactly, or with "/*" at its end for all
// paths that go on behind the slash. Bodies above max_body bytes are refused with 413 before they
// are read. A route of GET answers HEAD too. Bodies are kept in memory: for large ones see
// exchange.h.
void hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg);

// Facts of a request; borrowed until it is answered (of an exchange: until on_closed). NULL: not
// there. The body is NUL-terminated (the NUL is not counted) and never NULL.
const char *hp_request_method(const struct hp_request *request); // "GET", "?" for unknown ones
const char *hp_request_path(const struct hp_request *request); // below the prefix, decoded
const char *hp_request_header(struct hp_request *request, const char *name); // lower case name
const char *hp_request_query(const struct hp_request *request, const char *name); // decoded
uint64_t hp_request_length(const struct hp_request *request); // Content-Length; 0: no body
const char *hp_request_body(const struct hp_request *request, size_t *size);
// The client's address, for limits and logs.
const char *hp_request_address(const struct hp_request *request);

// The token of "Authorization: Bearer" or "?token=", NULL if there is none.
const char *hp_request_token(struct hp_request *request);

// Adds a header to the answer, before the reply. A value with a line end is dropped.
void hp_request_add_header(struct hp_request *request, const char *name, const char *value);

// Answers and ends the request. content_type NULL: no body, 204 for instance.
void hp_request_reply(struct hp_request *request, int status, const char *content_type,
        const void *body, size_t size); // body: copied
void hp_request_reply_json(struct hp_request *request, int status, json_t *body); // body: taken
// {"code": status, "message": message}
void hp_request_reply_error(struct hp_request *request, int status, const char *message);

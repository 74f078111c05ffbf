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

// Listens and serves. NULL: the reason has been logged. Owner: app.
struct hp_http *hp_http_create(struct hp_worker *main, const struct hp_http_params *params);

// Stops accepting connections, closes WebSockets with code 1001, and calls done(arg) when the last
// connection has ended, at most 1 s later.
void hp_http_shutdown(struct hp_http *http, void (*done)(void *arg), void *arg);

// Cuts every open connection: on_close of its WebSocket or on_closed of its stream is called. NULL
// is fine.
void hp_http_destroy(struct hp_http *http);

// The port on which the server listens (of interest when port 0 was configured).
uint16_t hp_http_port(const struct hp_http *http);

// Valid until hp_http_destroy().
const struct hp_listener_counters *hp_http_listener_counters(const struct hp_http *http);

// A route. It answers each request exactly once, now or later, on the main thread. If the client
// has left in the meantime, the route still answers, and the answer is dropped.
typedef void (*hp_route_fn)(void *arg, struct hp_request *request);

// Adds a route for this path below the configured prefix: exactly this path, or with "/*" at its
// end all paths that continue after the slash. A body of more than max_body bytes is refused with
// 413 before it is read. A route for GET answers HEAD too. Bodies are kept in memory: for large
// ones use stream.h.
void hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg);

// Facts of a request; borrowed until the request is answered (of a stream: until on_closed). NULL:
// the request does not have it. The body is never NULL, and ends with a NUL that `size` does not
// count.
const char *hp_request_method(const struct hp_request *request); // "GET", "?" for unknown ones
const char *hp_request_path(const struct hp_request *request); // below the prefix, decoded
const char *hp_request_header(struct hp_request *request, const char *name); // lower case name
const char *hp_request_query(const struct hp_request *request, const char *name); // decoded
uint64_t hp_request_length(const struct hp_request *request); // Content-Length; 0: no body
const char *hp_request_body(const struct hp_request *request, size_t *size);
// The client's address, for limits and logs.
const char *hp_request_address(const struct hp_request *request);

// The token of "Authorization: Bearer" or "?token="; NULL: the request has none.
const char *hp_request_token(struct hp_request *request);

// Adds a header to the answer; to be called before the reply. A value with a line end is dropped.
void hp_request_add_header(struct hp_request *request, const char *name, const char *value);

// Answers and ends the request. `content_type` is NULL for an answer without a body, for instance
// 204.
void hp_request_reply(struct hp_request *request, int status, const char *content_type,
        const void *body, size_t size); // body: copied
void hp_request_reply_json(struct hp_request *request, int status, json_t *body); // body: taken
// Answers with {"code": status, "message": message}; copied.
void hp_request_reply_error(struct hp_request *request, int status, const char *message);

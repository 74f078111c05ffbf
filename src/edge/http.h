// http.h - the HTTP server and its routes. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/http_params.h"
#include "edge/request.h"

struct hp_http;
struct hp_listener_counters;
struct hp_worker;
struct hp_ws_cbs;

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

// Adds a route for every method but OPTIONS; path: as in hp_http_add_route(). fn has to answer or
// to open an exchange (see exchange.h) before it returns.
void hp_http_add_exchange(struct hp_http *http, const char *path, hp_route_fn fn, void *arg);

// Adds WebSockets of this path below the configured prefix; cbs: copied, see ws.h.
void hp_http_add_ws(struct hp_http *http, const char *path, const struct hp_ws_cbs *cbs, void *arg);

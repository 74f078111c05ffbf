// http.h - the HTTP server and its routes. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/http_params.h"
#include "edge/request.h"

struct hp_http;
struct hp_listener_counters;
struct hp_stream;
struct hp_worker;
struct hp_ws_cbs;
struct sockaddr_storage;

// Listens and serves. NULL: the reason has been logged. Owner: app.
struct hp_http *hp_http_create(struct hp_worker *main, const struct hp_http_params *params);

// Reads the certificate's files again. Open connections keep what they have; if the files cannot be
// used, new ones do so, too, and the reason is logged.
void hp_http_reload(struct hp_http *http);

// Stops accepting connections, closes WebSockets with code 1001, and calls done(arg) when the last
// connection has ended, at most 1 s later.
void hp_http_shutdown(struct hp_http *http, void (*done)(void *arg), void *arg);

// Cuts every open connection: on_close of its WebSocket or on_closed of its exchange is called.
// NULL is fine.
void hp_http_destroy(struct hp_http *http);

// A connection that speaks STUN in place of HTTP, with or without TLS.
struct hp_http_guest {
    uint64_t number; // of its place among the connections
    struct hp_stream *stream; // taken; no poller has it
    const uint8_t *data; // what has been read of it already
    size_t size;
};

struct hp_http_guest_cbs {
    void (*on_guest)(void *arg, const struct hp_http_guest *guest);
    // Another one needs the place: the connection is to be closed, and hp_http_end_guest() to
    // follow.
    void (*on_evict)(void *arg, uint64_t number);
};

// From now on guests are let in; before, they are closed. A guest counts as a connection of its
// address until hp_http_end_guest() gives its place back. Until hp_http_prove_guest() says that it
// belongs here it gives way to others, and one address has few of its kind. It gives way later
// after hp_http_prefer_guest(), which says that it has shown something. A number whose place is
// gone has no effect. `cbs` is copied.
void hp_http_set_guests(struct hp_http *http, const struct hp_http_guest_cbs *cbs, void *arg);
void hp_http_prefer_guest(struct hp_http *http, uint64_t number);
void hp_http_prove_guest(struct hp_http *http, uint64_t number);
void hp_http_end_guest(struct hp_http *http, uint64_t number);

// Where guests are let in: see hp_listener_places(). A listener for guests alone is named first.
unsigned hp_http_guest_places(
        const struct hp_http *http, struct sockaddr_storage *places, unsigned max);

// The port on which the server listens (of interest when port 0 was configured).
uint16_t hp_http_port(const struct hp_http *http);
// Where it listens: addresses and ports, joined by commas. Owner: http.
const char *hp_http_addresses(const struct hp_http *http);

// Valid until hp_http_destroy().
// All since the start.
struct hp_http_counters {
    uint64_t evicted; // connections of HTTP that gave way to others
    uint64_t address_full, full; // that were refused, since nobody gave way
    uint64_t guests_evicted, guests_refused; // the same, among guests that nobody knew yet
};

struct hp_http_counters hp_http_get_counters(const struct hp_http *http);
const struct hp_listener_counters *hp_http_listener_counters(const struct hp_http *http);

// A route. It answers each request exactly once, now or later, on the main thread. If the client
// has left in the meantime, the route still answers, and the answer is dropped.
typedef void (*hp_route_fn)(void *arg, struct hp_request *request);

// Adds a route for this path below the configured prefix: exactly this path, or with "/*" at its
// end all paths that continue after the slash. A body of more than max_body bytes is refused with
// 413 before it is read. A route for GET answers HEAD too. Bodies are kept in memory: for large
// ones use exchange.h.
void hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg);

// Adds a route for every method except OPTIONS; `path` as in hp_http_add_route(). fn has to answer
// or to open an exchange (see exchange.h) before it returns.
void hp_http_add_exchange(struct hp_http *http, const char *path, hp_route_fn fn, void *arg);

// Adds WebSockets at this path below the configured prefix; `cbs` is copied, see ws.h.
void hp_http_add_ws(struct hp_http *http, const char *path, const struct hp_ws_cbs *cbs, void *arg);

// http.h - HTTP requests and who answers them, on the port that everything shares. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct hp_http;
struct hp_listener;
struct hp_request;
struct hp_worker;

// What the configuration says; all of it is copied. NULL and 0 mean "not set" and the default.
struct hp_http_params {
    const char *bind; // server.bind: ":8080", "127.0.0.1:0", "[::]:8080", joined by commas
    const char *cert; // server.cert, server.key: PEM files; both empty: a self-signed one
    const char *key;
    const char *state_dir; // where the self-signed certificate is kept
    const char *prefix; // server.path_prefix
    const char *web_dir; // the page that comes with the server: strict security headers
    const char *static_dir; // server.static: another client's folder in its place
    bool static_reload; // look for changed files at each request
    char *const *cors; // server.cors: origins, "*" for all
    bool proxy; // server.proxy: believe forwarded addresses of proxies
    char *const *proxies; // their addresses or networks; empty: loopback and private ones
    unsigned max_connections; // open at a time, all addresses together
    unsigned max_per_address; // of one address; generous, a whole office can share one
    unsigned max_pending; // that have not said yet what they speak
    unsigned head_timeout_ms; // from connecting to the end of the request's head
    unsigned body_timeout_ms; // for the whole body
    unsigned idle_timeout_ms; // between two requests
    unsigned ws_ping_ms; // between two pings of a WebSocket
    unsigned ws_dead_ms; // without anything from it: it is gone
};

// Listens and serves. NULL: the reason was logged.
struct hp_http *hp_http_create(struct hp_worker *main, const struct hp_http_params *params);

// Tells everybody (WebSockets by close code 1001), accepts nobody any more and calls done(arg),
// at most 1 s later, when the last connection is gone.
void hp_http_shutdown(struct hp_http *http, void (*done)(void *arg), void *arg);

// Cuts what is still open: on_close of every WebSocket is called. NULL is fine.
void hp_http_destroy(struct hp_http *http);

// The port it listens at (of interest when 0 was asked for), and the listener, for those who speak
// something else than HTTP at the same port.
uint16_t hp_http_port(const struct hp_http *http);
struct hp_listener *hp_http_listener(struct hp_http *http);

// Answers a request, exactly once, now or later on the main thread; also when the client is gone
// in the meantime (the answer is dropped then).
typedef void (*hp_route_fn)(void *arg, struct hp_request *request);

// Adds a route for this path below the configured prefix, exactly, or with "/*" at its end for all
// that follow; bodies above max_body bytes are
// refused with 413 before they are read. A route of GET answers HEAD too.
void hp_http_add_route(struct hp_http *http, const char *method, const char *path, size_t max_body,
        hp_route_fn fn, void *arg);

// Facts of a request; borrowed until it is answered. NULL: not there. The body is NUL-terminated
// (the NUL is not counted) and never NULL.
const char *hp_request_header(struct hp_request *request, const char *name); // lower case name
const char *hp_request_query(const struct hp_request *request, const char *name);
const char *hp_request_body(const struct hp_request *request, size_t *size);
const char *hp_request_path(const struct hp_request *request); // below the prefix, decoded
const char *hp_request_address(
        const struct hp_request *request); // the client's, for limits and logs
bool hp_request_is_tls(const struct hp_request *request); // also by what a believed proxy says

// The token of "Authorization: Bearer" or "?token=", NULL if there is none.
const char *hp_request_token(struct hp_request *request);

// Adds a header to the answer. Before the reply.
void hp_request_add_header(struct hp_request *request, const char *name, const char *value);

// Answers and ends the request. content_type NULL: no body, 204 for instance.
void hp_request_reply(struct hp_request *request, int status, const char *content_type,
        const void *body, size_t size); // body: copied
void hp_request_reply_json(struct hp_request *request, int status, json_t *body); // body: taken
// {"code": status, "message": message}
void hp_request_reply_error(struct hp_request *request, int status, const char *message);

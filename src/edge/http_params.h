// http_params.h - what the HTTP server is told when it is made.
#pragma once

#include <stdbool.h>

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
    bool proxy; // server.proxy: believe what proxies say about addresses
    char *const *proxies; // their addresses or networks; empty: loopback and private ones
    unsigned max_connections; // open at a time, all addresses together
    unsigned max_per_address; // of one address; generous, a whole office can share one
    unsigned max_pending; // connections whose first bytes have not come yet
    unsigned head_timeout_ms; // from connecting to the end of the request's head
    unsigned body_timeout_ms; // for a whole body; of a streamed one: between two pieces
    unsigned idle_timeout_ms; // between two requests
    unsigned ws_ping_ms; // between two pings of a WebSocket
    unsigned ws_dead_ms; // a WebSocket that is silent for so long is gone
};

// Copies: `from` may go. The defaults are filled in and the prefix is "" or like "/a/b". What only
// the start needs (cert, key, state_dir, web_dir) is left out.
void hp_http_params_init(struct hp_http_params *to, const struct hp_http_params *from);
void hp_http_params_finish(struct hp_http_params *params);

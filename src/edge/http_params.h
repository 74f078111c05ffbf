// http_params.h - the parameters of the HTTP server.
#pragma once

#include <stdbool.h>

// Values from the configuration; all are copied. NULL and 0 mean "not set": the default is used.
struct hp_http_params {
    const char *bind; // server.bind: ":8080", "127.0.0.1:0", "[::]:8080", joined by commas
    const char *guest_bind; // addresses, too, where guests alone are let in; NULL: none
    const char *cert; // server.cert, server.key: PEM files; both empty: a self-signed pair
    const char *key;
    const char *state_dir; // where the self-signed certificate is kept
    const char *prefix; // server.path_prefix
    const char *web_dir; // the page of this server: strict security headers
    const char *static_dir; // server.static: the folder of another client, served in its place
    bool static_reload; // look for changed files at every request
    char *const *cors; // server.cors: origins, "*" for all
    bool proxy; // server.proxy: trust the addresses that proxies tell
    char *const *proxies; // their addresses or networks; empty: hp_remote_find_proxies()
    bool has_weak_logins; // whoever reaches the server gets in: refuse foreign names of it
    char *const *names; // its own ones, beside the hosts of `cors`
    unsigned max_connections; // open at a time, from all addresses together
    unsigned max_per_address; // from one address; generous, since a whole office can share one
    unsigned max_pending; // connections whose first bytes have not come yet
    unsigned head_timeout_ms; // from connecting to the end of the request's head
    unsigned body_timeout_ms; // for a whole body; see hp_exchange_cbs for streamed ones
    unsigned idle_timeout_ms; // between two requests
    unsigned ws_ping_ms; // between two pings of a WebSocket
    unsigned ws_dead_ms; // a WebSocket that is silent for this long counts as lost
};

// Copies `from`, with the defaults filled in and the prefix as "" or "/a/b". Parameters that only
// the start needs (cert, key, state_dir, web_dir) are left out.
void hp_http_params_init(struct hp_http_params *to, const struct hp_http_params *from);
void hp_http_params_finish(struct hp_http_params *params);

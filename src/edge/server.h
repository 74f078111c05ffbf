// server.h - the insides of the HTTP server, shared by its files only. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <libwebsockets.h>

#include "base/timer.h"
#include "edge/http_params.h"
#include "port/remote.h"

struct hp_limits;
struct hp_listener;
struct hp_request;
struct hp_static;
struct hp_exchange;
struct hp_ws;

struct hp_route {
    char *method;
    char *path;
    size_t max_body;
    bool is_streamed; // fn is called with the head, for every method
    void (*fn)(void *arg, struct hp_request *request);
    void *arg;
};

struct hp_http {
    struct hp_worker *main;
    struct hp_http_params params; // strings are owned
    struct hp_listener *listener;
    struct hp_static *files;
    struct hp_limits *limits;
    GMainLoop *loop; // libwebsockets wants one, it only takes its context
    struct lws_context *context;
    struct lws_vhost *vhost;
    GPtrArray *routes; // of struct hp_route
    GPtrArray *ws_routes; // of struct hp_ws_route, which ws.c knows
    GQueue connections; // oldest first
    bool is_closing;
    struct hp_timer closing_timer;
    void (*on_done)(void *arg);
    void *on_done_arg;
};

enum {
    HP_CONNECTION_STALL_US = 20000000, // a client that takes nothing for so long is cut
};

// One TCP connection that libwebsockets has adopted; its "opaque user data".
struct hp_connection {
    struct hp_http *http;
    struct lws *wsi; // NULL: not adopted yet
    int fd;
    bool is_tls; // what was peeked: lws_is_ssl() says true for every adopted connection
    bool is_counted;
    bool is_lingering; // answered, waits until the client has taken the answer and closed
    char address[HP_REMOTE_SIZE]; // of the TCP peer
    struct hp_request *request; // the one being read or answered
    struct hp_ws *ws; // after an upgrade
    GSource *source; // watches the socket while it is not the client's turn
    bool is_writing; // our turn: the source waits until the socket takes more
    struct hp_timer timer; // the connection is cut when it fires
    GList link;
};

// connection.c: cuts a connection; libwebsockets closes it a little later.
void hp_connection_cut(struct hp_connection *connection);
void hp_connection_unwatch(struct hp_connection *connection); // removes the source
// Cuts a connection whose request is answered or waits for its answer.
void hp_connection_end(struct hp_connection *connection);
// The client's turn: what it sends is read.
void hp_connection_read(struct hp_connection *connection);
// Our turn: hp_request_on_writable() comes again and again, whenever the socket takes more.
void hp_connection_write(struct hp_connection *connection);
// Nobody's turn: nothing is read or written. The connection ends when it breaks; with must_stay also
// when the client has closed its side.
void hp_connection_wait(struct hp_connection *connection, bool must_stay);

// route.c: takes a request apart and finds its answer.
void hp_route_request(struct hp_request *request);
void hp_route_dispatch(struct hp_request *request);
// The path below the prefix, NULL: it is not below it.
const char *hp_route_strip(const struct hp_http *http, const char *path);
// What is wrong with the head's framing (RFC 9112 section 6): a status, 0: nothing.
int hp_route_check_head(struct hp_request *request, size_t *content_length, bool *has_length);

// cors.c: the origins of other pages that may ask this server.
bool hp_cors_is_listed(const struct hp_http *http, const char *origin);
bool hp_cors_is_same_origin(struct hp_request *request, const char *origin);
void hp_cors_add_headers(struct hp_request *request);

// request.c, intake.c, answer.c, outlet.c: a request while it is read, answered and written.
struct hp_request {
    struct hp_connection *connection; // NULL: gone
    struct hp_http *http; // only as long as there is a connection
    char *method;
    char *path; // below the prefix, decoded
    char address[HP_REMOTE_SIZE];
    bool is_old; // HTTP/1.0
    GHashTable *headers; // name -> value, filled at the first look; "" is kept as NULL
    bool is_bare_prefix; // the path is server.path_prefix without its slash
    GHashTable *query;
    const struct hp_route *route;
    GByteArray *body;
    size_t length; // of the body, as announced
    size_t body_left;
    struct hp_exchange *exchange; // NULL: body and answer are kept whole
    bool has_unread_body; // refused before it was read, or more than it has come
    bool must_close;
    bool is_answered;
    bool is_paused; // nothing is read while the route makes its answer
    GString *extra; // headers
    GByteArray *head; // LWS_PRE bytes, then status line, headers and a short body
    GBytes *content; // a longer body
    size_t content_offset;
};

struct hp_request *hp_request_create(
        struct hp_connection *connection, const char *method, const char *path);
// Reads the parameters and, from a proxy that is believed, the client's address.
void hp_request_read_head(struct hp_request *request);
int hp_request_begin(struct hp_connection *connection, const char *path, size_t size);
int hp_request_on_body(struct hp_connection *connection, const void *data, size_t size);
int hp_request_on_body_end(struct hp_connection *connection);
int hp_request_on_writable(struct hp_connection *connection);
// The connection is gone. NULL is fine.
void hp_request_detach(struct hp_request *request);
void hp_request_destroy(struct hp_request *request);
// Like hp_request_reply() with a body that is shared.
void hp_request_reply_bytes(
        struct hp_request *request, int status, const char *content_type, GBytes *body);
// Writes an answer at once and lets go of the request; the caller closes the connection.
void hp_request_refuse(struct hp_request *request, int status, const char *message);
// May an answer of this status have a body (RFC 9110 section 6.4.1)?
bool hp_answer_has_body(int status);
// Makes the head of an answer; length: -1: it ends in chunks, or with the connection.
void hp_answer_begin(
        struct hp_request *request, int status, const char *content_type, int64_t length);

// exchange.c: what intake.c and outlet.c tell an exchange.
// False: close the connection.
bool hp_exchange_push_body(struct hp_exchange *exchange, const void *data, size_t size);
void hp_exchange_end_body(struct hp_exchange *exchange);
void hp_exchange_settle(struct hp_exchange *exchange); // reads, writes or waits, as is its turn now
bool hp_exchange_has_output(const struct hp_exchange *exchange);
bool hp_exchange_is_written(const struct hp_exchange *exchange);
bool hp_exchange_write_next(struct hp_exchange *exchange); // false: close
void hp_exchange_close(struct hp_exchange *exchange, bool is_complete); // the last call; frees it

// ws.c: what libwebsockets says about a WebSocket; 0 or -1: close the connection.
int hp_ws_on_upgrade(struct hp_connection *connection, const char *protocol); // "websocket"
int hp_ws_on_event(struct hp_connection *connection, enum lws_callback_reasons reason, void *data,
        size_t size);
void hp_ws_detach(struct hp_ws *ws); // the connection is gone; NULL is fine
void hp_ws_go_away(struct hp_ws *ws); // the server ends
void hp_ws_free_route(void *route);

// server.h - the inner parts of the HTTP server, shared by its files only. Main thread.
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
struct hp_stream;
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
    struct hp_http_params params; // the strings are owned
    struct hp_listener *listener;
    struct hp_static *files;
    struct hp_limits *limits;
    GMainLoop *loop; // libwebsockets asks for one, and uses only its context
    struct lws_context *context;
    struct lws_vhost *vhost;
    GPtrArray *routes; // of struct hp_route
    GPtrArray *ws_routes; // of struct hp_ws_route, which ws.c defines
    GQueue connections; // oldest first
    bool is_closing;
    struct hp_timer closing_timer;
    void (*on_done)(void *arg);
    void *on_done_arg;
};

enum {
    HP_CONNECTION_STALL_US = 20000000, // a client that takes no bytes for this long is cut
};

// One TCP connection that libwebsockets has adopted; the connection is its "opaque user data".
struct hp_connection {
    struct hp_http *http;
    struct lws *wsi; // NULL: not adopted yet
    int fd;
    bool is_tls; // from the first bytes: lws_is_ssl() is true for every adopted connection
    bool is_counted;
    bool is_lingering; // answered; waits until the client has read the answer and closed
    char address[HP_REMOTE_SIZE]; // of the TCP peer
    struct hp_request *request; // the request being read or answered
    struct hp_ws *ws; // set after an upgrade
    GSource *source; // watches the socket while it is not the client's turn
    bool is_writing; // our turn: the source waits until the socket takes more bytes
    struct hp_timer timer; // the connection is cut when it fires
    GList link;
};

// connection.c: cuts a connection; libwebsockets closes it a little later.
void hp_connection_cut(struct hp_connection *connection);
void hp_connection_unwatch(struct hp_connection *connection); // removes the source
// Cuts a connection whose request is answered or waits for its answer.
void hp_connection_end(struct hp_connection *connection);
// The client's turn: its bytes are read.
void hp_connection_read(struct hp_connection *connection);
// Our turn: hp_request_on_writable() is called whenever the socket takes more bytes.
void hp_connection_write(struct hp_connection *connection);
// Nobody's turn: no byte is read or written. The connection ends when it breaks, and with must_stay
// also when the client has closed its side.
void hp_connection_wait(struct hp_connection *connection, bool must_stay);

// route.c: takes a request apart and finds its answer.
void hp_route_request(struct hp_request *request);
void hp_route_dispatch(struct hp_request *request);
// The path without the prefix; NULL: the path is not below the prefix.
const char *hp_route_strip(const struct hp_http *http, const char *path);
// Checks the framing of the head (RFC 9112 section 6). Returns the status of the error, 0: none.
int hp_route_check_head(struct hp_request *request, size_t *content_length, bool *has_length);

// cors.c: the origins of other pages that may ask this server.
bool hp_cors_is_listed(const struct hp_http *http, const char *origin);
bool hp_cors_is_same_origin(struct hp_request *request, const char *origin);
void hp_cors_add_headers(struct hp_request *request);

// request.c, intake.c, answer.c, outlet.c: a request while it is read, answered and written.
struct hp_request {
    struct hp_connection *connection; // NULL: the connection has ended
    struct hp_http *http; // valid only as long as there is a connection
    char *method;
    char *path; // below the prefix, decoded
    char address[HP_REMOTE_SIZE];
    bool is_old; // HTTP/1.0
    GHashTable *headers; // name -> value, filled at the first look-up; "" is kept as NULL
    bool is_bare_prefix; // the path is server.path_prefix without its slash
    GHashTable *query;
    const struct hp_route *route;
    GByteArray *body;
    size_t length; // bytes of the body, as announced
    size_t body_left;
    struct hp_stream *stream; // NULL: body and answer are kept in memory
    bool has_unread_body; // refused before the body was read, or while more of it was to come
    bool must_close;
    bool is_answered;
    bool is_paused; // reading is off while the route makes its answer
    GString *extra; // further headers of the answer
    GByteArray *head; // LWS_PRE bytes, then status line, headers and a short body
    GBytes *content; // a longer body
    size_t content_offset;
};

struct hp_request *hp_request_create(
        struct hp_connection *connection, const char *method, const char *path);
// Reads the parameters and, if a trusted proxy sends the request, the client's address.
void hp_request_read_head(struct hp_request *request);
int hp_request_begin(struct hp_connection *connection, const char *path, size_t size);
int hp_request_on_body(struct hp_connection *connection, const void *data, size_t size);
int hp_request_on_body_end(struct hp_connection *connection);
int hp_request_on_writable(struct hp_connection *connection);
// The connection has ended. NULL is fine.
void hp_request_detach(struct hp_request *request);
void hp_request_destroy(struct hp_request *request);
// Like hp_request_reply(), with a body that is shared instead of copied.
void hp_request_reply_bytes(
        struct hp_request *request, int status, const char *content_type, GBytes *body);
// Writes an answer at once and detaches the request; the caller closes the connection.
void hp_request_refuse(struct hp_request *request, int status, const char *message);
// May an answer of this status have a body (RFC 9110 section 6.4.1)?
bool hp_answer_has_body(int status);
// Makes the head of an answer. `length` -1: the body ends with its last chunk, or the connection.
void hp_answer_begin(
        struct hp_request *request, int status, const char *content_type, int64_t length);

// stream.c: the calls of intake.c and outlet.c.
bool hp_stream_push_body(struct hp_stream *stream, const void *data, size_t size); // false: close
void hp_stream_end_body(struct hp_stream *stream);
// reads, writes or waits, depending on whose turn it is
void hp_stream_settle(struct hp_stream *stream);
bool hp_stream_has_output(const struct hp_stream *stream);
bool hp_stream_is_written(const struct hp_stream *stream);
bool hp_stream_write_next(struct hp_stream *stream); // false: close
void hp_stream_close(struct hp_stream *stream, bool is_complete); // the last call; frees it

// ws.c: the events of libwebsockets about a WebSocket. Returns 0; -1: close the connection.
int hp_ws_on_upgrade(struct hp_connection *connection, const char *protocol); // "websocket"
int hp_ws_on_event(struct hp_connection *connection, enum lws_callback_reasons reason, void *data,
        size_t size);
void hp_ws_detach(struct hp_ws *ws); // the connection has ended; NULL is fine
void hp_ws_go_away(struct hp_ws *ws); // the server ends
void hp_ws_free_route(void *route);

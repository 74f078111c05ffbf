// connection.h - one connection: its gate, its end at libwebsockets, and whose turn it is. Main
// thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <libwebsockets.h>

#include "base/timer.h"
#include "port/remote.h"

struct hp_gate;
struct hp_http;
struct hp_limits;
struct hp_request;
struct hp_vhost;
struct hp_ws;

enum {
    HP_CONNECTION_STALL_US = 20000000, // a client that takes no bytes for this long is cut
};

// The "opaque user data" of libwebsockets is this connection.
struct hp_connection {
    struct hp_http *http; // its owner, which http.c alone looks into
    struct hp_vhost *vhost;
    struct hp_gate *gate; // NULL: closed
    struct lws *wsi; // NULL: not adopted yet, or closed
    int fd; // of libwebsockets' end
    bool is_tls; // to the client; libwebsockets' end is plain
    struct hp_limits *limits; // where it is counted; NULL: nowhere
    bool is_known; // counted among those of people who have logged in
    bool is_persons; // of one who has logged in, counted so or not
    char address[HP_REMOTE_SIZE]; // of the TCP peer
    struct hp_request *request; // the request being read or answered
    struct hp_ws *ws; // set after an upgrade
    GSource *source; // watches the socket while it is not the client's turn
    bool is_writing; // our turn: the source waits until the socket takes more bytes
    struct hp_timer timer; // the connection is cut when it fires
    int64_t since_us; // when it began, or its last answer ended
    GList link;
};

struct hp_connection *hp_connection_create(
        struct hp_http *http, struct hp_vhost *vhost, bool is_tls, const char *address);
void hp_connection_destroy(struct hp_connection *connection);
// libwebsockets has closed its end.
void hp_connection_detach(struct hp_connection *connection);

// Counts it no more among the connections of its address.
void hp_connection_uncount(struct hp_connection *connection);
// Its client has logged in.
void hp_connection_know(struct hp_connection *connection);

// The connection is cut when that time has passed, in which our loop ran; replaces what was set
// before.
void hp_connection_set_deadline(struct hp_connection *connection, int64_t delay_us);
void hp_connection_set_deadline_ms(struct hp_connection *connection, unsigned delay_ms);
void hp_connection_clear_deadline(struct hp_connection *connection);

// Cuts a connection; libwebsockets closes its end a little later.
void hp_connection_cut(struct hp_connection *connection);
// Cuts a connection whose request is answered or waits for its answer.
void hp_connection_end(struct hp_connection *connection);
// The client's turn: its bytes are read.
void hp_connection_read(struct hp_connection *connection);
// Our turn: hp_outlet_on_writable() is called whenever the socket takes more bytes.
void hp_connection_write(struct hp_connection *connection);
// Nobody's turn: no byte is read or written. The connection ends when it breaks, and with must_stay
// also when the client has closed its side.
void hp_connection_wait(struct hp_connection *connection, bool must_stay);

// connection.h - one TCP connection that libwebsockets has adopted, and whose turn it is. Main
// thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <libwebsockets.h>

#include "base/timer.h"
#include "port/remote.h"

struct hp_http;
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
    unsigned body_ends; // of this request, told so far
    // Bytes that libwebsockets had taken from the socket when the request before this one ended; 0:
    // there was none, or the system does not count.
    uint64_t taken;
    struct hp_timer timer; // the connection is cut when it fires
    GList link;
};

struct hp_connection *hp_connection_create(struct hp_http *http, struct hp_vhost *vhost, int fd,
        bool is_tls, const char *address);
// libwebsockets has closed it, or has not taken it.
void hp_connection_destroy(struct hp_connection *connection);

// The connection is cut when that time has passed; replaces what was set before.
void hp_connection_set_deadline(struct hp_connection *connection, int64_t delay_us);
void hp_connection_set_deadline_ms(struct hp_connection *connection, unsigned delay_ms);
void hp_connection_clear_deadline(struct hp_connection *connection);

// Cuts a connection; libwebsockets closes it a little later.
void hp_connection_cut(struct hp_connection *connection);
// Cuts a connection whose request is answered or waits for its answer.
void hp_connection_end(struct hp_connection *connection);
// The client's turn: its bytes are read.
void hp_connection_read(struct hp_connection *connection);
// A request has ended: the next one may be in libwebsockets' buffer already.
void hp_connection_note_end(struct hp_connection *connection);
// Does the head that libwebsockets tells now come from its buffer, where it lay behind another
// request?
bool hp_connection_is_pipelined(const struct hp_connection *connection);
// Our turn: hp_outlet_on_writable() is called whenever the socket takes more bytes.
void hp_connection_write(struct hp_connection *connection);
// Nobody's turn: no byte is read or written. The connection ends when it breaks, and with must_stay
// also when the client has closed its side.
void hp_connection_wait(struct hp_connection *connection, bool must_stay);

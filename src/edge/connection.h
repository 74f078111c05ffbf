// connection.h - one TCP connection, and whose turn it is. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/timer.h"
#include "port/remote.h"

struct hp_http;
struct hp_request;
struct hp_stream;
struct hp_vhost;
struct hp_ws;

enum {
    HP_CONNECTION_STALL_US = 20000000, // a client that takes no bytes for this long is cut
};

struct hp_connection {
    struct hp_http *http; // its owner, which http.c alone looks into
    struct hp_vhost *vhost;
    struct hp_stream *stream;
    bool is_counted;
    bool is_lingering; // answered; waits until the client has read the answer and closed
    size_t dropped; // bytes that came although nobody wants them any more
    bool is_reading; // the client's turn
    char address[HP_REMOTE_SIZE]; // of the TCP peer
    GByteArray *in; // bytes that came and are not taken yet
    GByteArray *out; // bytes of ours that the socket has not taken yet
    struct hp_request *request; // the request being read or answered
    struct hp_ws *ws; // set after an upgrade
    struct hp_timer timer;
    void (*on_deadline)(struct hp_connection *connection); // set by http.c
    GList link;
};

// Its user sets `stream` and on_deadline.
struct hp_connection *hp_connection_create(
        struct hp_http *http, struct hp_vhost *vhost, const char *address);
void hp_connection_destroy(struct hp_connection *connection); // closes

// on_deadline is called when that time has passed; replaces what was set before.
void hp_connection_set_deadline(struct hp_connection *connection, int64_t delay_us);
void hp_connection_set_deadline_ms(struct hp_connection *connection, unsigned delay_ms);
void hp_connection_clear_deadline(struct hp_connection *connection);

// Cuts a connection; the loop destroys it a little later.
void hp_connection_cut(struct hp_connection *connection);
// Cuts a connection whose request is answered or waits for its answer.
void hp_connection_end(struct hp_connection *connection);
// Nothing more is written. What the client still sends is dropped for a moment: closing a socket
// with unread input resets the connection, and the client may lose the answer.
void hp_connection_linger(struct hp_connection *connection);

// The client's turn: its bytes are read, and those that are there already are looked at soon.
void hp_connection_read(struct hp_connection *connection);
// Our turn: hp_outlet_on_writable() is called whenever the socket takes more bytes.
void hp_connection_write(struct hp_connection *connection);
// Nobody's turn: no byte is read or written. The connection ends when it breaks, and with must_stay
// also when the client has closed its side.
void hp_connection_wait(struct hp_connection *connection, bool must_stay);
// Both may speak (WebSocket). has_output: hp_ws_on_writable() is called when the socket takes more.
void hp_connection_talk(struct hp_connection *connection, bool has_output);

// Reads what has come into `in`. False: no more will come.
bool hp_connection_receive(struct hp_connection *connection);
void hp_connection_consume(struct hp_connection *connection, size_t size); // from the front of `in`

// Drops what has come. False: that was more than a client sends who has not noticed yet.
bool hp_connection_drop(struct hp_connection *connection);

// Writes; what the socket does not take yet is kept in `out`. False: the connection is broken.
bool hp_connection_send(struct hp_connection *connection, const void *data, size_t size);
bool hp_connection_flush(struct hp_connection *connection); // writes what is kept

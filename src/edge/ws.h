// ws.h - one WebSocket: messages in, a bounded queue of messages out; all of them text, or all of
// them binary, by its route. RFC 6455. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct hp_connection;
struct hp_vhost;
struct hp_ws;

enum {
    HP_WS_GOODBYE = 1000, // codes of a close frame
    HP_WS_PAGE_GONE = 1001, // the page is closed, left or loaded anew; or the server ends
    HP_WS_PAGE_LEFT = 4002, // the same, said by the page's script, which may not send 1001

    HP_WS_MESSAGE_MAX = 256 * 1024, // bytes of an incoming message, all its fragments together
    // bytes that may wait for a slow reader; beyond it the socket is cut
    HP_WS_QUEUE_MAX = 4 * 1024 * 1024,
};

struct hp_ws_cbs {
    // A socket was upgraded. Returns the `data` of the other callbacks.
    void *(*on_open)(void *arg, struct hp_ws *ws);
    void (*on_message)(void *data, const char *text, size_t size); // NUL-terminated, valid UTF-8
    // Instead of it: the messages of this route are binary, both ways.
    void (*on_binary)(void *data, const uint8_t *bytes, size_t size);
    size_t max_message; // bytes of an incoming one; 0: HP_WS_MESSAGE_MAX
    void (*on_pong)(void *data); // the client has answered a ping; NULL: nobody asks
    // The socket has closed. `code`: of the client's close frame (RFC 6455 section 7.4), 0: there
    // was none. No callback follows.
    void (*on_close)(void *data, int code);
};

// Facts of the upgrade request; borrowed, valid while the socket is open. NULL: the request has
// none.
const char *hp_ws_token(const struct hp_ws *ws);
const char *hp_ws_address(const struct hp_ws *ws); // of the client
// Of the page, by the request's Host, with the port of ours that was used; behind a trusted proxy
// by what that tells, without a port.
const char *hp_ws_host(const struct hp_ws *ws);

// Queues a message (copied). If the queue is full, the socket is cut, and on_close follows
// later.
void hp_ws_send(struct hp_ws *ws, const char *text, size_t size);

// The same without a copy, for what many sockets get.
void hp_ws_send_bytes(struct hp_ws *ws, GBytes *message);

// Its client has logged in: the connection counts as one of a known person.
void hp_ws_know(struct hp_ws *ws);

// Sends a ping as soon as possible, which every client answers; on_pong follows. The server sends
// some by itself.
void hp_ws_ping(struct hp_ws *ws);

// Sends the queue and then a close frame with that code (0: none), and ends the connection, after 1
// s at the latest. on_close follows.
void hp_ws_close(struct hp_ws *ws, int code, const char *reason);

// For the server: routes, and the events of libwebsockets about a WebSocket. Those return 0; -1:
// close the connection.
void hp_ws_add_route(
        struct hp_vhost *vhost, const char *path, const struct hp_ws_cbs *cbs, void *arg);
int hp_ws_on_upgrade(struct hp_connection *connection);
// reason: enum lws_callback_reasons.
int hp_ws_on_event(struct hp_connection *connection, int reason, void *data, size_t size);
void hp_ws_detach(struct hp_ws *ws); // the connection has ended; NULL is fine
void hp_ws_go_away(struct hp_ws *ws); // the server ends

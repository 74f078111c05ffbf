// ws.h - one WebSocket: text messages in, a bounded queue of text messages out. RFC 6455. Main
// thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_http;
struct hp_ws;

enum {
    HP_WS_MESSAGE_MAX = 256 * 1024, // bytes of an incoming message, all its fragments together
    // bytes that may wait for a slow reader; beyond it the socket is cut
    HP_WS_QUEUE_MAX = 4 * 1024 * 1024,
};

struct hp_ws_cbs {
    // A socket was upgraded. Returns the `data` of the other callbacks.
    void *(*on_open)(void *arg, struct hp_ws *ws);
    void (*on_message)(void *data, const char *text, size_t size); // NUL-terminated, valid UTF-8
    // The socket has closed. is_clean: the client closed it with code 1000 or 1001. No callback
    // follows.
    void (*on_close)(void *data, bool is_clean);
};

// Adds WebSockets at this path below the configured prefix; `cbs` is copied.
void hp_http_add_ws(struct hp_http *http, const char *path, const struct hp_ws_cbs *cbs, void *arg);

// Facts of the upgrade request; borrowed, valid while the socket is open. NULL: the request has
// none.
const char *hp_ws_token(const struct hp_ws *ws);
const char *hp_ws_address(const struct hp_ws *ws); // of the client

// Queues a text message (copied). If the queue is full, the socket is cut, and on_close follows
// later.
void hp_ws_send(struct hp_ws *ws, const char *text, size_t size);

// Sends the queue and then a close frame with that code (0: none), and ends the connection, after 1
// s at the latest. on_close follows.
void hp_ws_close(struct hp_ws *ws, int code, const char *reason);

// ws.h - one WebSocket: text frames in, a bounded queue of text frames out. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hp_http;
struct hp_ws;

enum {
    HP_WS_MESSAGE_MAX = 256 * 1024, // bytes of an incoming message, all its fragments together
    HP_WS_QUEUE_MAX = 4 * 1024 * 1024, // bytes that wait for a slow reader; with more it is cut
};

struct hp_ws_cbs {
    // A socket was upgraded. Returns the `data` of the other callbacks.
    void *(*on_open)(void *arg, struct hp_ws *ws);
    void (*on_message)(void *data, const char *text, size_t size); // NUL-terminated, valid UTF-8
    // The socket is gone; is_clean: the client closed it with 1000 or 1001. No call follows.
    void (*on_close)(void *data, bool is_clean);
};

// Adds WebSockets of this path below the configured prefix; cbs: copied.
void hp_http_add_ws(struct hp_http *http, const char *path, const struct hp_ws_cbs *cbs, void *arg);

// Facts of the upgrade request; borrowed, valid while the socket is open. NULL: not there.
const char *hp_ws_token(const struct hp_ws *ws);
const char *hp_ws_address(const struct hp_ws *ws); // the client's

// Queues a text frame (copied). A socket whose queue is full is cut: on_close follows, later.
void hp_ws_send(struct hp_ws *ws, const char *text, size_t size);

// Sends the queue, then a close frame with that code (0: none), then ends the connection, after 1 s
// in any case. on_close follows.
void hp_ws_close(struct hp_ws *ws, int code, const char *reason);

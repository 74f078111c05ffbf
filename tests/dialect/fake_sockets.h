// fake_sockets.h - WebSockets and requests without a network: what is sent is kept as text.
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "edge/http.h"
#include "edge/ws.h"

struct hp_ws {
    char *token;
    GString *sent; // a message a line
    bool is_closing;
    int close_code;
    unsigned pings;
    bool is_known;
    void *data;
};

// Opens a socket as a browser with this token would (NULL: none).
struct hp_ws *fake_ws_open(const char *token);
void fake_ws_say(struct hp_ws *ws, const char *text);
void fake_ws_say_size(struct hp_ws *ws, const char *text, size_t size);
void fake_ws_say_bytes(struct hp_ws *ws, const void *data, size_t size); // where that is asked for
void fake_ws_pong(struct hp_ws *ws); // answers a ping
void fake_ws_close(struct hp_ws *ws, int code); // frees it
unsigned fake_ws_count(const struct hp_ws *ws, const char *part);

struct hp_request {
    const char *token, *address, *body, *path;
    bool is_foreign; // of a page whose origin is not allowed
    int status;
    char *reply;
    char *retry_after;
    bool is_answered;
    bool may_wait; // set by the test: the answer may come later
};

// Calls the route; the answer is in `request`, whose texts are freed by fake_request_finish().
void fake_request(struct hp_request *request, const char *method, const char *path);
void fake_request_finish(struct hp_request *request);

// request_state.h - how far a request is, for the files that take it through: intake.c reads it,
// dispatch.c finds its route, reply.c and exchange.c answer it, outlet.c ends it. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "edge/answer.h"
#include "port/remote.h"

struct hp_connection;
struct hp_exchange;
struct hp_route;

struct hp_request {
    struct hp_connection *connection; // NULL: the connection has ended
    int64_t begun_us;
    char *method;
    char *path; // below the prefix, decoded
    char address[HP_REMOTE_SIZE];
    bool is_old; // HTTP/1.0
    GHashTable *headers; // name -> value, filled at the first look-up; "" is kept as NULL
    bool is_proxied; // a trusted proxy sends it
    char *forwarded_host; // of the page's address, as that proxy tells it; NULL: it does not
    bool is_bare_prefix; // the path is server.path_prefix without its slash
    GHashTable *query;
    const struct hp_route *route;
    GByteArray *body;
    size_t length; // bytes of the body, as announced
    size_t body_left;
    struct hp_exchange *exchange; // NULL: body and answer are kept in memory
    bool must_close;
    bool is_answered;
    bool is_paused; // reading is off while the route makes its answer
    struct hp_answer answer;
};

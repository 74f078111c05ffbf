// library.h - libwebsockets: one context inside our loop, which parses and frames what the gates
// hand on. Part of hp_http. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libwebsockets.h>

struct hp_nest;
struct hp_worker;

struct hp_library {
    struct hp_nest *nest; // of its sources, one for each connection
    GMainLoop *loop; // libwebsockets asks for one, and uses only its context
    struct lws_protocols protocols[2]; // the last one is empty
    struct lws_context *context; // NULL: closed
    struct lws_vhost *vhost; // that adopts connections
};

// A zeroed one. False: it cannot start, and the reason has been logged.
bool hp_library_init(
        struct hp_library *library, struct hp_worker *main, lws_callback_function *on_event);
// Ends all its connections, of which on_event tells.
void hp_library_close(struct hp_library *library);
void hp_library_finish(struct hp_library *library); // after it has been closed

// request.h - an HTTP request to a plugin's route: the plugin's calls, and the news for the plugin.
// Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/plugin.h"

struct hp_plugin_request;
struct hp_worker;

// The carrier of a request to and from its client. After abort() neither side calls the other one.
struct hp_carrier_ops {
    const char *(*method)(void *carrier);
    const char *(*header)(void *carrier, const char *name);
    const char *(*query)(void *carrier, const char *name);
    uint64_t (*length)(void *carrier);
    void (*pause)(void *carrier, bool is_paused);
    void (*add_header)(void *carrier, const char *name, const char *value);
    void (*respond)(void *carrier, int status, const char *content_type, int64_t length);
    bool (*write)(void *carrier, const void *data, size_t size);
    void (*finish)(void *carrier);
    void (*abort)(void *carrier);
};

struct hp_plugin_request_params {
    const struct hp_plugin_route *route; // kept
    void *self; // of the plugin
    const char *path; // the path after the route's "*"; copied
    struct hp_session *session; // NULL: none
    const struct hp_carrier_ops *ops; // kept
    void *carrier;
    struct hp_worker *home;
    GQueue *queue; // all requests of the plugin; the request removes itself
    void (*on_ended)(void *arg); // the request has removed itself and is freed
    void *on_ended_arg;
};

// Sets *request, then calls on_request. Owner: itself, until on_end or on_abort.
void hp_plugin_request_open(
        const struct hp_plugin_request_params *params, struct hp_plugin_request **request);

// The news from the carrier. After handle_closed() the request has been freed.
void hp_plugin_request_handle_body(
        struct hp_plugin_request *request, const void *data, size_t size);
void hp_plugin_request_handle_body_end(struct hp_plugin_request *request);
void hp_plugin_request_handle_writable(struct hp_plugin_request *request);
void hp_plugin_request_handle_closed(struct hp_plugin_request *request, bool is_complete);

// Ends the request for the server: calls the carrier's abort() and the plugin's on_abort, and frees
// the request.
void hp_plugin_request_end(struct hp_plugin_request *request);

// The session that asks; NULL: none.
const struct hp_session *hp_plugin_request_session(const struct hp_plugin_request *request);

// Sets the members of the table that concern requests.
void hp_plugin_request_fill_table(struct hp_host_table *table);

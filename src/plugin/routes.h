// routes.h - the HTTP routes of one plugin, and its requests under way. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "base/plugin.h"

struct hp_carrier_ops;
struct hp_plugin_request;
struct hp_worker;

enum {
    HP_ROUTES_MAX = 16, // of one plugin
    HP_ROUTES_REQUESTS_MAX = 8, // of one plugin, under way
};

struct hp_routes { // embedded in hp_host
    struct hp_worker *home;
    struct hp_plugin_route routes[HP_ROUTES_MAX]; // the texts are owned
    unsigned count;
    GQueue requests;
    void (*on_ended)(void *arg); // a request has ended
    void *arg;
};

void hp_routes_init(struct hp_routes *routes, struct hp_worker *home, void (*on_ended)(void *arg),
        void *arg);
void hp_routes_finish(struct hp_routes *routes); // when no request is under way

// Adds a route: a whole struct, whose texts are copied. False: *reason is a sentence.
bool hp_routes_add(
        struct hp_routes *routes, const struct hp_plugin_route *route, const char **reason);

// Finds the route for a method and a path (without the plugin's name); NULL: none. `allow`: the
// methods that have a route for this path; empty: none. *rest: the part of `path` after the route's
// "*".
const struct hp_plugin_route *hp_routes_find(const struct hp_routes *routes, const char *method,
        const char *path, const char **rest, char allow[64]);

// False: HP_ROUTES_REQUESTS_MAX requests are under way.
bool hp_routes_has_room(const struct hp_routes *routes);

struct hp_route_call {
    const struct hp_plugin_route *route;
    void *self; // of the plugin
    const char *rest; // copied
    struct hp_session *session; // NULL: none
    const struct hp_carrier_ops *ops;
    void *carrier;
};
// Opens a request to the route found: sets *request, then calls on_request.
void hp_routes_open(struct hp_routes *routes, const struct hp_route_call *call,
        struct hp_plugin_request **request);

// Ends the requests of a session; NULL: all requests.
void hp_routes_end_requests(struct hp_routes *routes, const struct hp_session *session);

// plugin_routes.c - HTTP requests to the routes of plugins: which client may ask, and their
// carrier.
// Owner: app.  Thread: main.
#include "dialect/plugin_routes.h"

#include <string.h>

#include <glib.h>

#include "dialect/rest.h"
#include "edge/exchange.h"
#include "edge/http.h"
#include "plugin/plugins.h"
#include "plugin/request.h"
#include "plugin/routes.h"
#include "port/limits.h"
#include "room/room.h"

#define BASE_PATH "/api/plugins/"

enum {
    // Requests of one address (IPv6: network) that are under way: half of what one plugin takes.
    REQUESTS_PER_ADDRESS_MAX = HP_ROUTES_REQUESTS_MAX / 2,
};

struct hp_plugin_routes {
    struct hp_room *room; // NULL: the room has ended
    struct hp_limits *limits;
};

// The carrier of one request between a client and a plugin. Owner: the exchange, until on_closed or
// abort.
struct carrier {
    struct hp_request *http;
    struct hp_exchange *exchange;
    struct hp_plugin_request *request;
    struct hp_limits *limits; // of the routes, which outlive the carrier
    char *address;
};

static void
free_carrier(struct carrier *carrier)
{
    hp_limits_remove(carrier->limits, carrier->address);
    g_free(carrier->address);
    g_free(carrier);
}

static const char *
carrier_method(void *arg)
{
    const struct carrier *carrier = arg;
    return hp_request_method(carrier->http);
}

static const char *
carrier_header(void *arg, const char *name)
{
    const struct carrier *carrier = arg;
    return hp_request_header(carrier->http, name);
}

static const char *
carrier_query(void *arg, const char *name)
{
    const struct carrier *carrier = arg;
    return hp_request_query(carrier->http, name);
}

static uint64_t
carrier_length(void *arg)
{
    const struct carrier *carrier = arg;
    return hp_request_length(carrier->http);
}

static void
carrier_pause(void *arg, bool is_paused)
{
    const struct carrier *carrier = arg;
    hp_exchange_set_paused(carrier->exchange, is_paused);
}

static void
carrier_add_header(void *arg, const char *name, const char *value)
{
    const struct carrier *carrier = arg;
    hp_request_add_header(carrier->http, name, value);
}

static void
carrier_respond(void *arg, int status, const char *content_type, int64_t length)
{
    const struct carrier *carrier = arg;
    hp_exchange_respond(carrier->exchange, status, content_type, length);
}

static bool
carrier_write(void *arg, const void *data, size_t size)
{
    const struct carrier *carrier = arg;
    return hp_exchange_write(carrier->exchange, data, size);
}

static void
carrier_finish(void *arg)
{
    const struct carrier *carrier = arg;
    hp_exchange_finish(carrier->exchange);
}

static void
carrier_abort(void *arg)
{
    struct carrier *carrier = arg;
    hp_exchange_abort(carrier->exchange);
    free_carrier(carrier);
}

static const struct hp_carrier_ops carrier_ops = {
    .method = carrier_method,
    .header = carrier_header,
    .query = carrier_query,
    .length = carrier_length,
    .pause = carrier_pause,
    .add_header = carrier_add_header,
    .respond = carrier_respond,
    .write = carrier_write,
    .finish = carrier_finish,
    .abort = carrier_abort,
};

static void
on_body(void *arg, const void *data, size_t size)
{
    const struct carrier *carrier = arg;
    hp_plugin_request_handle_body(carrier->request, data, size);
}

static void
on_body_end(void *arg)
{
    const struct carrier *carrier = arg;
    hp_plugin_request_handle_body_end(carrier->request);
}

static void
on_writable(void *arg)
{
    const struct carrier *carrier = arg;
    hp_plugin_request_handle_writable(carrier->request);
}

static void
on_closed(void *arg, bool is_complete)
{
    struct carrier *carrier = arg;
    hp_plugin_request_handle_closed(carrier->request, is_complete);
    free_carrier(carrier);
}

static const struct hp_exchange_cbs exchange_cbs = {
    .on_body = on_body,
    .on_body_end = on_body_end,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

// Finds the route. False: the request has been answered. *has_room: may it be opened now?
static bool
find_route(struct hp_room *room, struct hp_request *request, struct hp_plugins_match *match,
        bool *has_room)
{
    const char *path = hp_request_path(request) + strlen(BASE_PATH);
    *has_room = true;
    switch (hp_plugins_find_route(
            hp_room_plugins(room), hp_request_method(request), path, match)) {
    case HP_PLUGINS_FOUND: return true;
    case HP_PLUGINS_UNKNOWN:
        hp_request_reply_error(request, 404,
                "no plugin has this path: expected /api/plugins/, the plugin's name and one of its "
                "paths");
        return false;
    case HP_PLUGINS_OTHER_METHOD:
        hp_request_add_header(request, "Allow", match->allow);
        hp_request_reply_error(request, 405, "this path has other methods, see the header Allow");
        return false;
    case HP_PLUGINS_FULL: *has_room = false; return true;
    }
    return false;
}

// Finds the session that asks, NULL on a public route. False: the request has been answered.
static bool
authenticate(struct hp_room *room, struct hp_request *request,
        const struct hp_plugins_match *match, struct hp_session **session)
{
    *session = match->route->is_public ? NULL : hp_rest_authenticate(room, request);
    return match->route->is_public || *session != NULL;
}

static void
handle(void *arg, struct hp_request *request)
{
    const struct hp_plugin_routes *routes = arg;
    struct hp_plugins_match match;
    struct hp_session *session;
    if (routes->room == NULL) {
        hp_request_reply_error(request, 503, "the server ends: try again later");
        return;
    }
    bool has_room;
    if (!find_route(routes->room, request, &match, &has_room)
            || !authenticate(routes->room, request, &match, &session)) {
        return;
    }
    if (hp_request_length(request) > match.route->max_body) {
        hp_request_reply_error(request, 413, "the request body is larger than this path takes");
        return;
    }
    if (!has_room || hp_limits_add(routes->limits, hp_request_address(request)) != HP_LIMITS_OK) {
        hp_request_add_header(request, "Retry-After", "1");
        hp_request_reply_error(request, 503, "too many requests are under way: try again later");
        return;
    }
    struct carrier *carrier = g_new0(struct carrier, 1);
    carrier->http = request;
    carrier->limits = routes->limits;
    carrier->address = g_strdup(hp_request_address(request));
    carrier->exchange = hp_exchange_open(request, &exchange_cbs, carrier);
    hp_plugins_open_request(&match, session, &carrier_ops, carrier, &carrier->request);
}

struct hp_plugin_routes *
hp_plugin_routes_create(struct hp_http *http, struct hp_room *room)
{
    struct hp_plugin_routes *routes = g_new0(struct hp_plugin_routes, 1);
    routes->room = room;
    routes->limits = hp_limits_create(0, REQUESTS_PER_ADDRESS_MAX);
    hp_http_add_exchange(http, BASE_PATH "*", handle, routes);
    return routes;
}

void
hp_plugin_routes_destroy(struct hp_plugin_routes *routes)
{
    if (routes == NULL) {
        return;
    }
    hp_limits_destroy(routes->limits);
    g_free(routes);
}

void
hp_plugin_routes_close(struct hp_plugin_routes *routes)
{
    if (routes != NULL) {
        routes->room = NULL;
    }
}

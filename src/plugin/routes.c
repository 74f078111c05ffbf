// routes.c - the HTTP routes of one plugin, and its requests under way.
// Owner: hp_host.  Thread: main.
#include "plugin/routes.h"

#include <string.h>

#include "plugin/request.h"

void
hp_routes_init(
        struct hp_routes *routes, struct hp_worker *home, void (*on_ended)(void *arg), void *arg)
{
    *routes = (struct hp_routes){ .home = home, .on_ended = on_ended, .arg = arg };
    g_queue_init(&routes->requests);
}

void
hp_routes_finish(struct hp_routes *routes)
{
    for (unsigned i = 0; i < routes->count; i++) {
        g_free((char *) (uintptr_t) routes->routes[i].method);
        g_free((char *) (uintptr_t) routes->routes[i].path);
    }
    routes->count = 0;
}

static bool
is_method(const char *method)
{
    static const char *const known[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
    for (size_t i = 0; method != NULL && i < G_N_ELEMENTS(known); i++) {
        if (strcmp(known[i], method) == 0) {
            return true;
        }
    }
    return false;
}

bool
hp_routes_add(struct hp_routes *routes, const struct hp_plugin_route *route, const char **reason)
{
    const char *star = route->path == NULL ? NULL : strchr(route->path, '*');
    if (routes->count >= HP_ROUTES_MAX) {
        *reason = "expected at most 16 routes of a plugin";
    } else if (!is_method(route->method)) {
        *reason = "expected the method GET, POST, PUT, PATCH or DELETE";
    } else if (route->path == NULL || route->path[0] == '\0' || route->path[0] == '/'
            || (star != NULL && (star[1] != '\0' || star == route->path || star[-1] != '/'))) {
        *reason = "expected a path like \"list\" or \"files/*\", without a slash in front";
    } else if (route->on_request == NULL) {
        *reason = "expected a function on_request";
    } else {
        struct hp_plugin_route *copy = &routes->routes[routes->count++];
        *copy = *route;
        copy->method = g_strdup(route->method);
        copy->path = g_strdup(route->path);
        return true;
    }
    return false;
}

// Returns the rest of the path after the "*", "" for an exact path; NULL: the route is not for this
// path.
static const char *
match(const struct hp_plugin_route *route, const char *path)
{
    size_t length = strlen(route->path);
    if (route->path[length - 1] != '*') {
        return strcmp(route->path, path) == 0 ? path + length : NULL;
    }
    bool is_below = strncmp(route->path, path, length - 1) == 0 && path[length - 1] != '\0';
    return is_below ? path + length - 1 : NULL;
}

const struct hp_plugin_route *
hp_routes_find(const struct hp_routes *routes, const char *method, const char *path,
        const char **rest, char allow[64])
{
    bool is_head = strcmp(method, "HEAD") == 0;
    allow[0] = '\0';
    for (unsigned i = 0; i < routes->count; i++) {
        const struct hp_plugin_route *route = &routes->routes[i];
        *rest = match(route, path);
        if (*rest == NULL) {
            continue;
        }
        if (strcmp(route->method, is_head ? "GET" : method) == 0) {
            return route;
        }
        g_strlcat(allow, allow[0] == '\0' ? "OPTIONS, " : ", ", 64);
        g_strlcat(allow, strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method, 64);
    }
    return NULL;
}

bool
hp_routes_has_room(const struct hp_routes *routes)
{
    return routes->requests.length < HP_ROUTES_REQUESTS_MAX;
}

void
hp_routes_open(struct hp_routes *routes, const struct hp_route_call *call,
        struct hp_plugin_request **request)
{
    struct hp_plugin_request_params params = {
        .route = call->route,
        .self = call->self,
        .path = call->rest,
        .session = call->session,
        .ops = call->ops,
        .carrier = call->carrier,
        .home = routes->home,
        .queue = &routes->requests,
        .on_ended = routes->on_ended,
        .on_ended_arg = routes->arg,
    };
    hp_plugin_request_open(&params, request);
}

void
hp_routes_end_requests(struct hp_routes *routes, const struct hp_session *session)
{
    GList *next;
    for (GList *link = routes->requests.head; link != NULL; link = next) {
        struct hp_plugin_request *request = link->data;
        next = link->next;
        if (session == NULL || hp_plugin_request_session(request) == session) {
            hp_plugin_request_end(request);
        }
    }
}

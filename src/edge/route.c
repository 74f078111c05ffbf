// route.c - the table of routes: the handler of each method and path.
// Owner: vhost.  Thread: main.
#include "edge/route.h"

#include <string.h>

void
hp_route_add(GPtrArray *routes, const char *method, const char *path, size_t max_body,
        void (*fn)(void *arg, struct hp_request *request), void *arg)
{
    struct hp_route *route = g_new0(struct hp_route, 1);
    route->method = g_strdup(method);
    route->path = g_strdup(path);
    route->max_body = max_body;
    route->is_streamed = method == NULL;
    route->fn = fn;
    route->arg = arg;
    g_ptr_array_add(routes, route);
}

void
hp_route_free(void *data)
{
    struct hp_route *route = data;
    g_free(route->method);
    g_free(route->path);
    g_free(route);
}

bool
hp_route_is_method(const char *of_route, const char *of_request)
{
    return strcmp(of_request, of_route) == 0
            || (strcmp(of_route, "GET") == 0 && strcmp(of_request, "HEAD") == 0);
}

// A path that ends in "/*" stands for all paths that continue after the slash.
static bool
is_path(const struct hp_route *route, const char *path)
{
    size_t length = strlen(route->path);
    if (length < 2 || strcmp(route->path + length - 2, "/*") != 0) {
        return strcmp(route->path, path) == 0;
    }
    return strncmp(route->path, path, length - 1) == 0 && path[length - 1] != '\0';
}

const struct hp_route *
hp_route_find(const GPtrArray *routes, const char *method, const char *path, bool *is_known)
{
    *is_known = false;
    for (guint i = 0; i < routes->len; i++) {
        const struct hp_route *route = g_ptr_array_index(routes, i);
        if (!is_path(route, path)) {
            continue;
        }
        *is_known = true;
        if (route->is_streamed ? strcmp(method, "OPTIONS") != 0
                               : hp_route_is_method(route->method, method)) {
            return route;
        }
    }
    return NULL;
}

char *
hp_route_list_methods(const GPtrArray *routes, const char *path)
{
    GString *methods = g_string_new("OPTIONS");
    for (guint i = 0; i < routes->len; i++) {
        const struct hp_route *route = g_ptr_array_index(routes, i);
        if (!route->is_streamed && is_path(route, path)) {
            g_string_append_printf(methods, ", %s", route->method);
        }
    }
    return g_string_free(methods, FALSE);
}

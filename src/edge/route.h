// route.h - the table of routes: the handler of each method and path. Main thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct hp_request;

struct hp_route {
    char *method;
    char *path;
    size_t max_body; // bytes
    bool is_streamed; // fn is called with the head, for every method
    void (*fn)(void *arg, struct hp_request *request);
    void *arg;
};

// Adds to an array of struct hp_route that frees with hp_route_free(). method NULL: is_streamed.
void hp_route_add(GPtrArray *routes, const char *method, const char *path, size_t max_body,
        void (*fn)(void *arg, struct hp_request *request), void *arg);
void hp_route_free(void *route);

// Finds the route; NULL: none. is_known: this path has a route for another method.
const struct hp_route *hp_route_find(
        const GPtrArray *routes, const char *method, const char *path, bool *is_known);

// The methods of a path, for the header Allow (RFC 9110 section 10.2.1). The caller's.
char *hp_route_list_methods(const GPtrArray *routes, const char *path);

// Does a route of this method take a request of that one? GET takes HEAD too.
bool hp_route_is_method(const char *of_route, const char *of_request);

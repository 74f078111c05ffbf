// vhost.h - the parameters, routes and files that all connections of a server share. Main thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

#include "edge/http_params.h"

struct hp_static;
struct hp_vhost;
struct hp_worker;

// params: copied. NULL: the folder of its files cannot be read; the reason has been logged.
struct hp_vhost *hp_vhost_create(struct hp_worker *main, const struct hp_http_params *params);
void hp_vhost_destroy(struct hp_vhost *vhost); // NULL is fine

// Borrowed, valid until hp_vhost_destroy().
struct hp_worker *hp_vhost_main(const struct hp_vhost *vhost);
const struct hp_http_params *hp_vhost_params(const struct hp_vhost *vhost); // with the defaults
struct hp_static *hp_vhost_files(const struct hp_vhost *vhost); // NULL: REST and WebSockets only
GPtrArray *hp_vhost_routes(const struct hp_vhost *vhost); // of struct hp_route
GPtrArray *hp_vhost_ws_routes(const struct hp_vhost *vhost); // of one g_malloc() each, by ws.c

// The path without the prefix, a part of `path`; NULL: the path is not below the prefix.
const char *hp_vhost_strip(const struct hp_vhost *vhost, const char *path);

// For a line of the log that any stranger can cause: true once a minute for each of the last eight
// subjects, of which the first 127 bytes count, and ten times a minute in all.
bool hp_vhost_may_log(struct hp_vhost *vhost, const char *subject);

// The server ends: later requests are refused.
void hp_vhost_close(struct hp_vhost *vhost);
bool hp_vhost_is_closing(const struct hp_vhost *vhost);

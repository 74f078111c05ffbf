// vhost.c - the parameters, routes and files that all connections of a server share.
// Owner: http.  Thread: main.
#include "edge/vhost.h"

#include <string.h>

#include "base/bucket.h"
#include "edge/route.h"
#include "page/static.h"

struct hp_vhost {
    struct hp_worker *main;
    struct hp_http_params params; // the strings are owned
    struct hp_static *files;
    GPtrArray *routes;
    GPtrArray *ws_routes;
    bool is_closing;
    struct hp_bucket log_lines; // that any stranger can cause
};

static bool
load_files(struct hp_vhost *vhost, const struct hp_http_params *params)
{
    bool is_foreign = params->static_dir != NULL && params->static_dir[0] != '\0';
    const char *folder = is_foreign ? params->static_dir : params->web_dir;
    if (folder == NULL || folder[0] == '\0') {
        return true; // no page: only REST and WebSockets
    }
    vhost->files = hp_static_create(folder, params->static_reload, !is_foreign);
    return vhost->files != NULL;
}

struct hp_vhost *
hp_vhost_create(struct hp_worker *main, const struct hp_http_params *params)
{
    struct hp_vhost *vhost = g_new0(struct hp_vhost, 1);
    vhost->main = main;
    hp_bucket_init(&vhost->log_lines, 1.0 / 60, 1);
    hp_http_params_init(&vhost->params, params);
    vhost->routes = g_ptr_array_new_with_free_func(hp_route_free);
    vhost->ws_routes = g_ptr_array_new_with_free_func(g_free);
    if (!load_files(vhost, params)) {
        hp_vhost_destroy(vhost);
        return NULL;
    }
    return vhost;
}

void
hp_vhost_destroy(struct hp_vhost *vhost)
{
    if (vhost == NULL) {
        return;
    }
    hp_static_destroy(vhost->files);
    g_ptr_array_free(vhost->routes, TRUE);
    g_ptr_array_free(vhost->ws_routes, TRUE);
    hp_http_params_finish(&vhost->params);
    g_free(vhost);
}

struct hp_worker *
hp_vhost_main(const struct hp_vhost *vhost)
{
    return vhost->main;
}

const struct hp_http_params *
hp_vhost_params(const struct hp_vhost *vhost)
{
    return &vhost->params;
}

struct hp_static *
hp_vhost_files(const struct hp_vhost *vhost)
{
    return vhost->files;
}

GPtrArray *
hp_vhost_routes(const struct hp_vhost *vhost)
{
    return vhost->routes;
}

GPtrArray *
hp_vhost_ws_routes(const struct hp_vhost *vhost)
{
    return vhost->ws_routes;
}

const char *
hp_vhost_strip(const struct hp_vhost *vhost, const char *path)
{
    size_t size = strlen(vhost->params.prefix); // "" or "/a/b"
    if (strncmp(path, vhost->params.prefix, size) != 0) {
        return NULL;
    }
    if (path[size] == '\0') {
        return "/";
    }
    return path[size] == '/' ? path + size : NULL;
}

bool
hp_vhost_may_log(struct hp_vhost *vhost)
{
    return hp_bucket_take(&vhost->log_lines, 1);
}

void
hp_vhost_close(struct hp_vhost *vhost)
{
    vhost->is_closing = true;
}

bool
hp_vhost_is_closing(const struct hp_vhost *vhost)
{
    return vhost->is_closing;
}

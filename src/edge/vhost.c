// vhost.c - the parameters, routes and files that all connections of a server share.
// Owner: http.  Thread: main.
#include "edge/vhost.h"

#include <string.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "edge/route.h"
#include "page/static.h"

enum {
    MAX_TOLD = 8,
    TOLD_SIZE = 128,
    TELL_AGAIN_US = 60000000
};

struct told {
    char subject[TOLD_SIZE]; // the beginning of it
    int64_t at_us; // on hp_clock_now_us()
};

struct hp_vhost {
    struct hp_worker *main;
    struct hp_http_params params; // the strings are owned
    struct hp_static *files;
    GPtrArray *routes;
    GPtrArray *ws_routes;
    bool is_closing;
    struct hp_bucket log_lines; // that any stranger can cause
    struct told told[MAX_TOLD]; // whom they name
    unsigned next_told;
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
    hp_bucket_init(&vhost->log_lines, 10.0 / 60, 10);
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
hp_vhost_may_log(struct hp_vhost *vhost, const char *subject)
{
    char name[TOLD_SIZE];
    int64_t now_us = hp_clock_now_us();
    g_strlcpy(name, subject, sizeof(name));
    for (size_t i = 0; i < MAX_TOLD; i++) {
        const struct told *told = &vhost->told[i];
        if (strcmp(told->subject, name) == 0 && now_us - told->at_us < TELL_AGAIN_US) {
            return false;
        }
    }
    if (!hp_bucket_take(&vhost->log_lines, 1)) {
        return false;
    }
    struct told *told = &vhost->told[vhost->next_told++ % MAX_TOLD];
    g_strlcpy(told->subject, name, sizeof(told->subject));
    told->at_us = now_us;
    return true;
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

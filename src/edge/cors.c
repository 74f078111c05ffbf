// cors.c - the origins of other pages that may send requests to this server.
// Owner: none, it has no state.  Thread: main.
// Fetch standard, 3.2 (CORS protocol); RFC 6455 section 10.2 (Origin of WebSockets).
#include "edge/cors.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "http"
#include "base/log.h"
#include "edge/connection.h"
#include "edge/request.h"
#include "edge/request_state.h"
#include "edge/vhost.h"
#include "port/host.h"
#include "port/near.h"

static bool
is_listed(const struct hp_vhost *vhost, const char *origin)
{
    char *const *listed = hp_vhost_params(vhost)->cors;
    for (size_t i = 0; listed != NULL && listed[i] != NULL; i++) {
        if (strcmp(listed[i], "*") == 0 || g_ascii_strcasecmp(listed[i], origin) == 0) {
            return true;
        }
    }
    return false;
}

const char *
hp_cors_host(struct hp_request *request)
{
    const char *host = hp_request_header(request, "host");
    return request->forwarded_host != NULL ? request->forwarded_host : host;
}

char *
hp_cors_copy_reached(struct hp_request *request)
{
    const char *host = hp_cors_host(request);
    return host == NULL
            ? NULL
            : hp_host_copy_reached(host, !request->is_proxied, request->connection->is_tls);
}

// A trusted proxy tells which host the browser knows.
static bool
is_same_origin(struct hp_request *request, const char *origin)
{
    const char *host = hp_request_header(request, "host");
    return (host != NULL && hp_host_is_of_origin(host, origin))
            || (request->forwarded_host != NULL
                    && hp_host_is_of_origin(request->forwarded_host, origin));
}

// What may be wrong where the page is the operator's own.
static const char *
advice(struct hp_request *request)
{
    const struct hp_http_params *params = hp_vhost_params(request->connection->vhost);
    if (request->is_proxied) {
        return "the reverse proxy has to pass on the host and port of the browser, as Host (nginx: "
               "proxy_set_header Host $http_host) or as X-Forwarded-Host and X-Forwarded-Port; a "
               "page of another server goes into server.cors";
    }
    if (params->proxy && hp_request_header(request, "x-forwarded-for") != NULL) {
        return "if a reverse proxy is in front, add its address to server.proxies; else add that "
               "origin to server.cors";
    }
    return "add that origin to server.cors, or set server.proxy if a reverse proxy is in front";
}

bool
hp_request_is_origin_allowed(struct hp_request *request)
{
    struct hp_vhost *vhost = request->connection->vhost;
    const char *origin = hp_request_header(request, "origin");
    if (origin == NULL || is_listed(vhost, origin) || is_same_origin(request, origin)) {
        return true;
    }
    const char *host = hp_cors_host(request);
    if (hp_vhost_may_log(vhost, origin)) {
        log_warn("a page at %.200s is refused, since this server is %.200s for it: if it is yours, "
                 "%s",
                origin, host == NULL ? "nothing" : host, advice(request));
    }
    return false;
}

static bool
is_foreign(const struct hp_http_params *params, const char *host)
{
    return host != NULL && !hp_host_is_inside(host) && !hp_host_is_listed(host, params->cors)
            && !hp_host_is_named(host, params->names);
}

// A page of a foreign name can make that name point into this network (DNS rebinding), and is then
// of one origin with this server. Its visitor comes from inside: by its own address, or by that of
// a proxy, since all that a proxy tells such a page can write, too, but for Host.
const char *
hp_cors_find_rebound(struct hp_request *request)
{
    const struct hp_http_params *params = hp_vhost_params(request->connection->vhost);
    const char *host = hp_request_header(request, "host");
    const char *forwarded = request->forwarded_host;
    const char *foreign = is_foreign(params, host) ? host : forwarded;
    if (!params->has_weak_logins || !is_foreign(params, foreign)) {
        return NULL;
    }
    return request->is_proxied || hp_near_is(request->address) ? foreign : NULL;
}

void
hp_cors_add_headers(struct hp_request *request, const struct hp_vhost *vhost)
{
    const char *origin = hp_request_header(request, "origin");
    char *const *listed = hp_vhost_params(vhost)->cors;
    if (listed == NULL || listed[0] == NULL) {
        return;
    }
    hp_request_add_header(request, "Vary", "Origin");
    if (origin == NULL || !is_listed(vhost, origin)) {
        return;
    }
    hp_request_add_header(request, "Access-Control-Allow-Origin", origin);
    hp_request_add_header(request, "Access-Control-Allow-Credentials", "true");
    if (strcmp(hp_request_method(request), "OPTIONS") != 0) {
        hp_request_add_header(request, "Access-Control-Expose-Headers", "Link");
        return;
    }
    hp_request_add_header(
            request, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
    hp_request_add_header(request, "Access-Control-Allow-Headers",
            "Accept, Authorization, Content-Type, X-CSRF-Token");
    hp_request_add_header(request, "Access-Control-Max-Age", "300");
}

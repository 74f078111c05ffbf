// cors.c - the origins of other pages that may send requests to this server.
// Owner: none, it has no state.  Thread: main.
// Fetch standard, 3.2 (CORS protocol); RFC 6455 section 10.2 (Origin of WebSockets).
#include "edge/cors.h"

#include <string.h>

#include <glib.h>

#include "edge/request.h"
#include "edge/vhost.h"

bool
hp_cors_is_listed(const struct hp_vhost *vhost, const char *origin)
{
    char *const *listed = hp_vhost_params(vhost)->cors;
    for (size_t i = 0; listed != NULL && listed[i] != NULL; i++) {
        if (strcmp(listed[i], "*") == 0 || g_ascii_strcasecmp(listed[i], origin) == 0) {
            return true;
        }
    }
    return false;
}

// "a.example:443" and "a.example" are the same for https.
static bool
is_same_host(const char *authority, const char *host, const char *default_port)
{
    size_t size = strlen(authority);
    if (g_ascii_strcasecmp(authority, host) == 0) {
        return true;
    }
    return g_ascii_strncasecmp(authority, host, size) == 0
            && strcmp(host + size, default_port) == 0;
}

// Browsers leave out the default port in both headers; a proxy may write the port into Host.
bool
hp_cors_is_same_origin(struct hp_request *request, const char *origin)
{
    const char *host = hp_request_header(request, "host");
    const char *authority = strstr(origin, "://");
    if (host == NULL || authority == NULL) {
        return false;
    }
    bool is_https = g_str_has_prefix(origin, "https://");
    return is_same_host(authority + 3, host, is_https ? ":443" : ":80");
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
    if (origin == NULL || !hp_cors_is_listed(vhost, origin)) {
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

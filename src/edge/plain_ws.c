// plain_ws.c - the path of a WebSocket, asked for without an upgrade.
// Owner: none, it has no state.  Thread: main.
// RFC 9110 section 15.5.22 (426) and section 7.6.1: an upgrade ends at each proxy, which has to ask
// anew.
#include "edge/plain_ws.h"

#include <stddef.h>

#define LOG_TAG "http"
#include "base/log.h"
#include "edge/request.h"
#include "edge/route.h"
#include "edge/vhost.h"

// The key of a browser's request is passed on with the headers that a proxy does not know.
static void
refuse(void *arg, struct hp_request *request)
{
    struct hp_vhost *vhost = arg;
    if (hp_request_header(request, "sec-websocket-key") != NULL
            && hp_vhost_may_log(vhost, "a WebSocket without its upgrade")) {
        log_warn("a WebSocket of %s came without its upgrade: the reverse proxy in front has to "
                 "pass Upgrade and Connection on, by HTTP/1.1 (nginx: proxy_http_version 1.1; "
                 "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "
                 "\"upgrade\")",
                hp_request_address(request));
    }
    hp_request_add_header(request, "Upgrade", "websocket");
    hp_request_add_header(request, "Connection", "upgrade");
    hp_request_reply_error(request, 426, "this path is a WebSocket: send Upgrade: websocket");
}

void
hp_plain_ws_add_route(struct hp_vhost *vhost, const char *path)
{
    hp_route_add(hp_vhost_routes(vhost), "GET", path, 0, refuse, vhost);
}

// servers.c - the configured STUN and TURN servers in the form that hp_rtc takes.
// Owner: nobody.  Thread: main.
#include "app/servers.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#define LOG_TAG "setup"
#include "base/log.h"
#include "peer/rtc.h"

enum {
    DEFAULT_PORT = 3478
};

// Reads a URL that is known to be scheme:host[:port][?transport=..].
static bool
parse_url(const char *url, struct hp_ice_server *server)
{
    const char *rest = strchr(url, ':') + 1;
    if (g_str_has_prefix(url, "turns:") || g_str_has_prefix(url, "stuns:")) {
        log_warn("webrtc.iceservers.backend: %s is left out, since the server speaks no TLS to "
                 "STUN and TURN servers: expected a stun: or turn: URL",
                url);
        return false;
    }
    bool is_stun = g_str_has_prefix(url, "stun:");
    bool is_tcp = g_str_has_suffix(url, "?transport=tcp");
    server->kind = is_stun ? HP_ICE_STUN : is_tcp ? HP_ICE_TURN_TCP : HP_ICE_TURN_UDP;
    char *address = g_strndup(rest, strcspn(rest, "?"));
    char *host_end = address[0] == '[' ? strchr(address, ']') : address + strcspn(address, ":");
    char *colon = strchr(host_end, ':');
    server->port = colon == NULL ? DEFAULT_PORT : (uint16_t) atoi(colon + 1);
    *host_end = '\0';
    server->host = g_strdup(address[0] == '[' ? address + 1 : address);
    g_free(address);
    return true;
}

struct hp_ice_server *
hp_servers_parse(const char *json, unsigned *count)
{
    json_t *list = json_loads(json, 0, NULL);
    GArray *servers = g_array_new(FALSE, TRUE, sizeof(struct hp_ice_server));
    size_t i, k;
    json_t *entry, *url;
    json_array_foreach(list, i, entry)
    {
        json_array_foreach(json_object_get(entry, "urls"), k, url)
        {
            struct hp_ice_server server = { 0 };
            if (parse_url(json_string_value(url), &server)) {
                server.username = g_strdup(json_string_value(json_object_get(entry, "username")));
                server.credential =
                        g_strdup(json_string_value(json_object_get(entry, "credential")));
                g_array_append_val(servers, server);
            }
        }
    }
    json_decref(list);
    *count = servers->len;
    return (struct hp_ice_server *) (void *) g_array_free(servers, FALSE);
}

void
hp_servers_free(struct hp_ice_server *servers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        g_free(servers[i].host);
        g_free(servers[i].username);
        g_free(servers[i].credential);
    }
    g_free(servers);
}

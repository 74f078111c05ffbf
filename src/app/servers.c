// servers.c - the configured STUN and TURN servers in the form that hp_rtc takes.
// Owner: nobody.  Thread: main.
#include "app/servers.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/clock.h"
#define LOG_TAG "setup"
#include "base/log.h"
#include "peer/rtc.h"
#include "relay/credentials.h"

enum {
    DEFAULT_PORT = 3478,
    SECOND_US = 1000000,
    LIFETIME_S = 10 * 365 * 24 * 3600,
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

static void
add_credentials(struct hp_ice_server *server, const json_t *entry, const char *secret)
{
    const char *username = json_string_value(json_object_get(entry, "username"));
    const char *credential = json_string_value(json_object_get(entry, "credential"));
    struct hp_credentials made;
    if (username == NULL && server->kind != HP_ICE_STUN) {
        int64_t now_s = hp_clock_wall_us(hp_clock_now_us()) / SECOND_US;
        hp_credentials_make(&made, secret, "hairpin", now_s + LIFETIME_S);
        username = made.name;
        credential = made.password;
    }
    server->username = g_strdup(username);
    server->credential = g_strdup(credential);
}

struct hp_ice_server *
hp_servers_parse(const char *json, const char *secret, unsigned *count)
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
                add_credentials(&server, entry, secret);
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

// http_params.c - the parameters of the HTTP server, with the defaults filled in.
// Owner: vhost.  Thread: main.
#include "edge/http_params.h"

#include <stdint.h>

#include <glib.h>

#include "base/fallback.h"
#include "port/remote.h"

enum {
    MAX_CONNECTIONS = 4096,
    MAX_PER_ADDRESS = 1024,
    HEAD_TIMEOUT_MS = 10000,
    BODY_TIMEOUT_MS = 30000,
    IDLE_TIMEOUT_MS = 30000,
    WS_PING_MS = 10000,
    WS_DEAD_MS = 15000,
};

// Normalises a prefix to "/a/b" or "".
static char *
normalise_prefix(const char *prefix)
{
    GString *text = g_string_new(NULL);
    char **parts = g_strsplit(prefix == NULL ? "" : prefix, "/", 0);
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (parts[i][0] != '\0') {
            g_string_append_printf(text, "/%s", parts[i]);
        }
    }
    g_strfreev(parts);
    return g_string_free(text, FALSE);
}

void
hp_http_params_init(struct hp_http_params *to, const struct hp_http_params *from)
{
    *to = *from;
    to->bind = g_strdup(from->bind == NULL ? ":8080" : from->bind);
    to->prefix = normalise_prefix(from->prefix);
    to->static_dir = g_strdup(from->static_dir);
    to->cors = g_strdupv((char **) (uintptr_t) from->cors);
    to->names = g_strdupv((char **) (uintptr_t) from->names);
    bool has_list = from->proxies != NULL && from->proxies[0] != NULL;
    to->proxies = has_list ? g_strdupv((char **) (uintptr_t) from->proxies)
                           : hp_remote_find_proxies();
    // needed at the start only
    to->cert = to->key = to->state_dir = to->web_dir = to->guest_bind = NULL;
    to->max_connections = hp_fallback_apply(from->max_connections, MAX_CONNECTIONS);
    to->max_per_address = hp_fallback_apply(from->max_per_address, MAX_PER_ADDRESS);
    to->head_timeout_ms = hp_fallback_apply(from->head_timeout_ms, HEAD_TIMEOUT_MS);
    to->body_timeout_ms = hp_fallback_apply(from->body_timeout_ms, BODY_TIMEOUT_MS);
    to->idle_timeout_ms = hp_fallback_apply(from->idle_timeout_ms, IDLE_TIMEOUT_MS);
    to->ws_ping_ms = hp_fallback_apply(from->ws_ping_ms, WS_PING_MS);
    to->ws_dead_ms = hp_fallback_apply(from->ws_dead_ms, WS_DEAD_MS);
}

void
hp_http_params_finish(struct hp_http_params *params)
{
    g_free((char *) (uintptr_t) params->bind);
    g_free((char *) (uintptr_t) params->prefix);
    g_free((char *) (uintptr_t) params->static_dir);
    g_strfreev((char **) (uintptr_t) params->cors);
    g_strfreev((char **) (uintptr_t) params->proxies);
    g_strfreev((char **) (uintptr_t) params->names);
}

// page_servers.c - the STUN and TURN servers that a viewer's browser is told.
// Owner: hp_app.  Thread: main.
#include "app/page_servers.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/ident.h"
#include "port/host.h"
#include "relay/credentials.h"
#include "relay/holders.h"

enum {
    SECOND_US = 1000000,
    SECRET_LENGTH = 32,
};

void
hp_page_servers_init(
        struct hp_page_servers *servers, const struct hp_page_servers_params *params)
{
    char random[SECRET_LENGTH + 1];
    hp_ident_token(random, SECRET_LENGTH);
    servers->configured = json_loads(params->configured, 0, NULL);
    servers->secret = g_strdup(*params->secret != '\0' ? params->secret : random);
    servers->public_host = g_strdup(params->public_host);
    servers->lifetime_s = params->lifetime_s;
    servers->with_own = false;
}

void
hp_page_servers_finish(struct hp_page_servers *servers)
{
    json_decref(servers->configured);
    g_free(servers->secret);
    g_free(servers->public_host);
}

const char *
hp_page_servers_secret(const struct hp_page_servers *servers)
{
    return servers->secret;
}

void
hp_page_servers_add_own(struct hp_page_servers *servers, const struct hp_page_servers_own *own)
{
    servers->with_own = true;
    servers->own = *own;
}

void
hp_page_servers_id(const struct hp_page_servers *servers, const char *session_id,
        char id[HP_PAGE_SERVERS_ID_SIZE])
{
    char *digest = g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *) servers->secret,
            strlen(servers->secret), session_id, -1);
    g_snprintf(id, HP_PAGE_SERVERS_ID_SIZE, HP_HOLDERS_MARK "%s", digest);
    g_free(digest);
}

static void
add_credentials(json_t *server, const struct hp_credentials *credentials)
{
    json_object_set_new(server, "username", json_string(credentials->name));
    json_object_set_new(server, "credential", json_string(credentials->password));
}

// The parser has seen to it that a turn: server has both or none.
static bool
lacks_credentials(const json_t *server)
{
    size_t i;
    json_t *url;
    bool is_turn = false;
    json_array_foreach(json_object_get(server, "urls"), i, url)
    {
        is_turn = is_turn || g_str_has_prefix(json_string_value(url), "turn");
    }
    return is_turn && json_object_get(server, "username") == NULL;
}

// Adds one URL. `named`: the port that public_host names; else `port` counts, and 0 is none.
static void
add_url(json_t *urls, const char *scheme, const char *host, uint16_t named, uint16_t port,
        const char *transport)
{
    bool is_ipv6 = strchr(host, ':') != NULL;
    if (port == 0) {
        return;
    }
    char *url = g_strdup_printf("%s:%s%s%s:%u%s", scheme, is_ipv6 ? "[" : "", host,
            is_ipv6 ? "]" : "", named != 0 ? named : port, transport);
    json_array_append_new(urls, json_string(url));
    g_free(url);
}

// Adds our own service. Chromium takes all that comes from the address and port of a STUN or TURN
// server for that server's answers, and so is deaf to our checks and media from there. So nobody is
// told of the service at the shared port itself unless turn.public says so.
static void
add_own(const struct hp_page_servers *servers, json_t *list,
        const struct hp_credentials *credentials)
{
    const struct hp_page_servers_own *own = &servers->own;
    char host[HP_HOST_SIZE];
    uint16_t port;
    if (!servers->with_own || !hp_host_split(servers->public_host, host, &port)) {
        return;
    }
    json_t *stun = json_array();
    add_url(stun, "stun", host, port, own->udp_port, "");
    json_array_append_new(list, json_pack("{s:o}", "urls", stun));
    if (!own->with_turn) {
        return;
    }
    json_t *urls = json_array();
    add_url(urls, "turn", host, port, own->udp_port, "?transport=udp");
    add_url(urls, "turn", host, port, own->tcp_port, "?transport=tcp");
    add_url(urls, "turns", host, port, own->tls_port, "?transport=tcp");
    json_t *turn = json_pack("{s:o}", "urls", urls);
    add_credentials(turn, credentials);
    json_array_append_new(list, turn);
}

// Adds our own service for a browser that may have no candidate without it. TURN is told by TCP
// only: libwebrtc takes a TURN server by UDP for a STUN server, too, and is deaf to media from
// there.
static void
add_way(const struct hp_page_servers *servers, json_t *list,
        const struct hp_credentials *credentials, const struct hp_page_servers_way *way)
{
    const struct hp_page_servers_own *own = &servers->own;
    char host[HP_HOST_SIZE];
    uint16_t port;
    if (!servers->with_own || !hp_host_split(way->page_host, host, &port)) {
        return;
    }
    if (way->stun_port != 0) {
        json_t *stun = json_array();
        add_url(stun, "stun", host, 0, way->stun_port, "");
        json_array_append_new(list, json_pack("{s:o}", "urls", stun));
    }
    uint16_t tcp_port = own->tcp_port != 0 && own->is_tcp_at_page ? port : own->tcp_port;
    if (own->with_turn && tcp_port != 0) {
        json_t *urls = json_array();
        add_url(urls, "turn", host, 0, tcp_port, "?transport=tcp");
        json_t *turn = json_pack("{s:o}", "urls", urls);
        add_credentials(turn, credentials);
        json_array_append_new(list, turn);
    }
}

json_t *
hp_page_servers_make(const struct hp_page_servers *servers, const char *session_id,
        const struct hp_page_servers_way *way)
{
    char id[HP_PAGE_SERVERS_ID_SIZE];
    struct hp_credentials credentials;
    int64_t now_s = hp_clock_wall_us(hp_clock_now_us()) / SECOND_US;
    hp_page_servers_id(servers, session_id, id);
    hp_credentials_make(&credentials, servers->secret, id, now_s + servers->lifetime_s);
    json_t *list = json_deep_copy(servers->configured);
    size_t i;
    json_t *server;
    json_array_foreach(list, i, server)
    {
        if (lacks_credentials(server)) {
            add_credentials(server, &credentials);
        }
    }
    if (*servers->public_host != '\0') {
        add_own(servers, list, &credentials);
    } else if (way != NULL) {
        add_way(servers, list, &credentials, way);
    }
    return list;
}

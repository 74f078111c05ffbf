// page_servers.c - the STUN and TURN servers that a viewer's browser is told.
// Owner: hp_app.  Thread: main.
#include "app/page_servers.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "base/ident.h"
#include "port/host.h"
#include "relay/credentials.h"

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
    servers->with_stun = false;
    servers->with_turn = false;
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
hp_page_servers_add_own(struct hp_page_servers *servers, uint16_t port, bool with_turn)
{
    servers->port = port;
    servers->with_stun = true;
    servers->with_turn = with_turn;
}

void
hp_page_servers_id(const struct hp_page_servers *servers, const char *session_id,
        char id[HP_PAGE_SERVERS_ID_SIZE])
{
    char *digest = g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *) servers->secret,
            strlen(servers->secret), session_id, -1);
    g_strlcpy(id, digest, HP_PAGE_SERVERS_ID_SIZE);
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

// Adds our own service. Chromium takes all that comes from the address and port of a STUN or TURN
// server for that server's answers, and so is deaf to our checks and media from there. So nobody is
// told of the service at the shared port itself unless turn.public says so.
static void
add_own(const struct hp_page_servers *servers, json_t *list,
        const struct hp_credentials *credentials)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    if (!servers->with_stun || !hp_host_split(servers->public_host, host, &port)) {
        return;
    }
    bool is_ipv6 = strchr(host, ':') != NULL;
    char *place = g_strdup_printf("%s%s%s:%u", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
            port != 0 ? port : servers->port);
    json_array_append_new(list, json_pack("{s:[s+]}", "urls", "stun:", place));
    if (servers->with_turn) {
        json_t *turn = json_pack("{s:[s++]}", "urls", "turn:", place, "?transport=udp");
        add_credentials(turn, credentials);
        json_array_append_new(list, turn);
    }
    g_free(place);
}

json_t *
hp_page_servers_make(const struct hp_page_servers *servers, const char *session_id)
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
    add_own(servers, list, &credentials);
    return list;
}

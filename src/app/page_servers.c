// page_servers.c - the STUN and TURN servers that a viewer's browser is told.
// Owner: hp_app.  Thread: main.
#include "app/page_servers.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "relay/credentials.h"

enum {
    SECOND_US = 1000000,
    ID_SIZE = 17, // with a NUL
};

void
hp_page_servers_init(struct hp_page_servers *servers, const char *configured, const char *secret,
        int64_t lifetime_s)
{
    servers->configured = json_loads(configured, 0, NULL);
    servers->secret = g_strdup(secret);
    servers->lifetime_s = lifetime_s;
}

void
hp_page_servers_finish(struct hp_page_servers *servers)
{
    json_decref(servers->configured);
    g_free(servers->secret);
}

// By what name the credentials of a session are made: it tells nobody the name of the person, which
// is part of the session's, since user names of TURN are not encrypted on the wire.
static void
write_id(const struct hp_page_servers *servers, const char *session_id, char id[ID_SIZE])
{
    char *digest = g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *) servers->secret,
            strlen(servers->secret), session_id, -1);
    g_strlcpy(id, digest, ID_SIZE);
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

json_t *
hp_page_servers_make(const struct hp_page_servers *servers, const char *session_id)
{
    char id[ID_SIZE];
    struct hp_credentials credentials;
    int64_t now_s = hp_clock_wall_us(hp_clock_now_us()) / SECOND_US;
    write_id(servers, session_id, id);
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
    return list;
}

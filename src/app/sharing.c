// sharing.c - by which ICE viewers connect, and whether others than this computer can.
// Owner: nobody.  Thread: main.
#include "app/sharing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "config/config.h"

// A server that browsers are told of, too, serves us by them: its relayed address is the browser's,
// and we send there from the shared port.
bool
hp_sharing_has_servers_of_its_own(const struct hp_config *config)
{
    json_t *own = json_loads(config->webrtc.ice_servers_backend, 0, NULL);
    json_t *browsers = json_loads(config->webrtc.ice_servers_frontend, 0, NULL);
    bool is_own = json_array_size(own) > 0 && !json_equal(own, browsers);
    json_decref(own);
    json_decref(browsers);
    return is_own;
}

uint16_t
hp_sharing_guest_port(const struct hp_config *config)
{
    const char *colon = strrchr(config->webrtc.tcpmux, ':');
    return (uint16_t) strtoul(colon == NULL ? config->webrtc.tcpmux : colon + 1, NULL, 10);
}

// Media by TCP at a port of its own, which only the shared port's ICE has.
static bool
is_tcp_asked_for(const struct hp_config *config)
{
    return config->webrtc.tcp && hp_sharing_guest_port(config) != 0;
}

bool
hp_sharing_is_wanted(const struct hp_config *config)
{
    if (config->webrtc.udpmux != 0 || is_tcp_asked_for(config)) {
        return true;
    }
    return config->webrtc.shared && *config->webrtc.port_range == '\0'
            && !hp_sharing_has_servers_of_its_own(config);
}

uint16_t
hp_sharing_port(const struct hp_config *config)
{
    unsigned first = 0, last = 0;
    if (config->webrtc.udpmux != 0) {
        return (uint16_t) config->webrtc.udpmux;
    }
    bool has_range = sscanf(config->webrtc.port_range, "%5u-%5u", &first, &last) == 2;
    return has_range ? (uint16_t) MIN(first, last) : 0;
}

static bool
is_loopback(const char *address)
{
    return g_str_has_prefix(address, "127.") || g_str_has_prefix(address, "localhost:")
            || g_str_has_prefix(address, "[::1]");
}

bool
hp_sharing_is_local(const struct hp_config *config)
{
    char **addresses = g_strsplit(config->server.bind, ",", -1);
    bool is_local = true;
    for (char **address = addresses; *address != NULL; address++) {
        is_local = is_local && is_loopback(g_strstrip(*address));
    }
    g_strfreev(addresses);
    return is_local;
}

bool
hp_sharing_reaches_others(const struct hp_config *config)
{
    return config->server.proxy || config->webrtc.nat1to1[0] != NULL
            || !hp_sharing_is_local(config);
}

static bool
is_for_all(const char *host)
{
    return *host == '\0' || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "[::]") == 0;
}

static bool
is_among(const char *text, char *const *texts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(text, texts[i]) == 0) {
            return true;
        }
    }
    return false;
}

// The hosts of the places, which are cut, with this port instead of theirs. A host that stands for
// all addresses leaves no port to the others, so they go.
static char *
join_hosts(char **places, uint16_t port)
{
    GString *text = g_string_new(NULL);
    bool has_all = false;
    for (unsigned i = 0; places[i] != NULL; i++) {
        char *colon = strrchr(places[i], ':');
        places[i][colon == NULL ? 0 : colon - places[i]] = '\0';
        has_all |= is_for_all(places[i]);
    }
    for (unsigned i = 0; places[i] != NULL; i++) {
        if (!is_among(places[i], places, i) && (!has_all || is_for_all(places[i]))) {
            g_string_append_printf(
                    text, "%s%s:%u", text->len == 0 ? "" : ",", places[i], (unsigned) port);
        }
    }
    return g_string_free(text, FALSE);
}

char *
hp_sharing_find_guest_bind(const struct hp_config *config)
{
    const char *own = config->webrtc.tcpmux;
    uint16_t port = hp_sharing_guest_port(config);
    if (port == 0 || !config->webrtc.tcp || !hp_sharing_is_wanted(config)) {
        return NULL;
    }
    bool is_number = strchr(own, ':') == NULL;
    bool is_wide = is_number || *own == ':'; // no place of that port leaves room for another one
    char *suffix = g_strdup_printf(":%u", (unsigned) port);
    char **places = g_strsplit(config->server.bind, ",", 0);
    bool is_page = false;
    for (char **place = places; *place != NULL; place++) {
        g_strstrip(*place);
        is_page |= is_wide ? g_str_has_suffix(*place, suffix) : strcmp(*place, own) == 0;
    }
    char *bind = is_page ? NULL : is_number ? join_hosts(places, port) : g_strdup(own);
    g_strfreev(places);
    g_free(suffix);
    return bind;
}

// sharing.c - by which ICE viewers connect, and whether others than this computer can.
// Owner: nobody.  Thread: main.
#include "app/sharing.h"

#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "config/config.h"

// A server that browsers are told of, too, serves us by them: its relayed address is the browser's,
// and we send there from the shared port.
static bool
has_servers_of_its_own(const struct hp_config *config)
{
    json_t *own = json_loads(config->webrtc.ice_servers_backend, 0, NULL);
    json_t *browsers = json_loads(config->webrtc.ice_servers_frontend, 0, NULL);
    bool is_own = json_array_size(own) > 0 && !json_equal(own, browsers);
    json_decref(own);
    json_decref(browsers);
    return is_own;
}

bool
hp_sharing_is_wanted(const struct hp_config *config)
{
    if (config->webrtc.udpmux != 0) {
        return true;
    }
    bool is_asked = config->webrtc.shared || config->webrtc.tcpmux != 0;
    return is_asked && *config->webrtc.port_range == '\0' && !has_servers_of_its_own(config);
}

char *
hp_sharing_find_clash(const struct hp_config *config, bool is_shared_given)
{
    bool is_asked = config->webrtc.tcpmux != 0 || (config->webrtc.shared && is_shared_given);
    if (!is_asked || hp_sharing_is_wanted(config)) {
        return NULL;
    }
    const char *asked = config->webrtc.tcpmux != 0 ? "webrtc.tcpmux" : "webrtc.shared";
    const char *other =
            *config->webrtc.port_range != '\0' ? "webrtc.epr" : "webrtc.iceservers.backend";
    return g_strdup_printf("%s has no effect, since with %s each viewer has a UDP port of its own, "
                           "and none of TCP: unset one of the two, or set webrtc.udpmux",
            asked, other);
}

static bool
is_loopback(const char *address)
{
    return g_str_has_prefix(address, "127.") || g_str_has_prefix(address, "localhost:")
            || g_str_has_prefix(address, "[::1]");
}

bool
hp_sharing_reaches_others(const struct hp_config *config)
{
    char **addresses = g_strsplit(config->server.bind, ",", -1);
    bool is_open = config->server.proxy || config->webrtc.nat1to1[0] != NULL;
    for (char **address = addresses; *address != NULL; address++) {
        is_open = is_open || !is_loopback(g_strstrip(*address));
    }
    g_strfreev(addresses);
    return is_open;
}

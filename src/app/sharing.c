// sharing.c - by which ICE viewers connect.
// Owner: nobody.  Thread: main.
#include "app/sharing.h"

#include <jansson.h>

#include "config/config.h"

static bool
has_servers(const char *text)
{
    json_t *list = json_loads(text, 0, NULL);
    bool is_empty = json_array_size(list) == 0;
    json_decref(list);
    return !is_empty;
}

bool
hp_sharing_is_wanted(const struct hp_config *config)
{
    if (config->webrtc.udpmux != 0) {
        return true;
    }
    bool is_asked = config->webrtc.shared || config->webrtc.tcpmux != 0;
    return is_asked && *config->webrtc.port_range == '\0'
            && !has_servers(config->webrtc.ice_servers_backend);
}

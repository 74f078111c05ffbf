// names.c - the names of this server that its operator has configured.
// Owner: nobody.  Thread: main.
#include "app/names.h"

#include <stdint.h>

#include <glib.h>

#include "config/config.h"
#include "port/host.h"

char **
hp_names_list(const struct hp_config *config)
{
    GPtrArray *names = g_ptr_array_new();
    char host[HP_HOST_SIZE];
    uint16_t port;
    for (char **text = config->webrtc.nat1to1; *text != NULL; text++) {
        if (hp_host_split_outside(*text, host, &port)) {
            g_ptr_array_add(names, g_strdup(host));
        }
    }
    if (hp_host_split(config->turn.public_host, host, &port)) {
        g_ptr_array_add(names, g_strdup(host));
    }
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}

// clash.c - options that somebody has given, and that have no effect beside others.
// Owner: nobody.  Thread: main.
#include "app/clash.h"

#include <string.h>

#include <glib.h>

#include "app/sharing.h"
#include "config/config.h"
#include "port/host.h"

// What has to hold so that an option has an effect.
enum need {
    NEEDS_SERVICE = 1,   // a STUN and TURN service of our own
    NEEDS_TCP = 2,       // media by TCP
    NEEDS_SHARED = 4,    // one UDP port for all viewers
    NEEDS_OWN_PORTS = 8, // one for each
    NEEDS_OTHERS = 16,   // a page that others than this computer reach
    NEEDS_OPEN_BIND = 32, // the same, without what stands in front of it
};

static bool
is_shared(const struct hp_config *config)
{
    return config->webrtc.shared;
}

static bool
is_not_shared(const struct hp_config *config)
{
    return !config->webrtc.shared;
}

static bool
has_range(const struct hp_config *config)
{
    return *config->webrtc.port_range != '\0';
}

static bool
has_tcp(const struct hp_config *config)
{
    return config->webrtc.tcp;
}

static bool
has_guest_port(const struct hp_config *config)
{
    return hp_sharing_guest_port(config) != 0;
}

// A port at the addresses of the page, of which others reach none. A reverse proxy on this computer
// passes HTTP only.
static bool
is_guest_port_local(const struct hp_config *config)
{
    return config->webrtc.tcp && has_guest_port(config)
            && strchr(config->webrtc.tcpmux, ':') == NULL && hp_sharing_is_local(config);
}

static bool
has_mapping(const struct hp_config *config)
{
    return config->webrtc.portmap;
}

static bool
has_service(const struct hp_config *config)
{
    return strcmp(config->turn.service, "off") != 0;
}

static bool
has_public_host(const struct hp_config *config)
{
    return *config->turn.public_host != '\0';
}

static bool
has_listen(const struct hp_config *config)
{
    return config->turn.listen[0] != NULL;
}

static bool
has_classic(const struct hp_config *config)
{
    return config->turn.classic;
}

static bool
has_alternate(const struct hp_config *config)
{
    return strcmp(config->turn.alternate, "off") != 0;
}

static bool
has_discovery(const struct hp_config *config)
{
    return config->turn.discovery[0] != NULL;
}

static bool
has_outside_port(const struct hp_config *config)
{
    bool has_port = false;
    for (char **text = config->webrtc.nat1to1; *text != NULL; text++) {
        char host[HP_HOST_SIZE];
        uint16_t port;
        has_port |= hp_host_split_outside(*text, host, &port) && port != 0;
    }
    return has_port;
}

static const struct row {
    const char *option;
    bool (*is_wanted)(const struct hp_config *config); // does its value ask for something?
    unsigned needs;
} rows[] = {
    { "webrtc.shared", is_shared, NEEDS_SHARED },
    { "webrtc.shared", is_not_shared, NEEDS_OWN_PORTS },
    { "webrtc.epr", has_range, NEEDS_OWN_PORTS },
    { "webrtc.iceservers.backend", hp_sharing_has_servers_of_its_own, NEEDS_OWN_PORTS },
    { "webrtc.tcp", has_tcp, NEEDS_SHARED },
    { "webrtc.tcpmux", has_guest_port, NEEDS_TCP },
    { "webrtc.tcpmux", is_guest_port_local, NEEDS_OPEN_BIND },
    { "webrtc.portmap", has_mapping, NEEDS_SHARED | NEEDS_OTHERS },
    { "webrtc.nat1to1", has_outside_port, NEEDS_SHARED },
    { "turn.service", has_service, NEEDS_SHARED },
    { "turn.public", has_public_host, NEEDS_SERVICE | NEEDS_SHARED },
    { "turn.listen", has_listen, NEEDS_SERVICE | NEEDS_SHARED },
    { "turn.alternate", has_alternate, NEEDS_SERVICE | NEEDS_SHARED },
    { "turn.discovery", has_discovery, NEEDS_SERVICE | NEEDS_SHARED },
    { "turn.classic", has_classic, NEEDS_SERVICE | NEEDS_SHARED },
};

static char *
explain_own_ports(const struct hp_config *config)
{
    const char *other = has_range(config)                 ? "webrtc.epr"
            : hp_sharing_has_servers_of_its_own(config) ? "webrtc.iceservers.backend"
                                                          : "webrtc.shared = false";
    return g_strdup_printf("with %s each viewer has a UDP port of its own, and none of TCP: unset "
                           "one of the two, or set webrtc.udpmux",
            other);
}

// What keeps the option from its effect; NULL: nothing. Free it with g_free().
static char *
find_obstacle(const struct hp_config *config, unsigned needs)
{
    bool has_shared_port = hp_sharing_is_wanted(config);
    if ((needs & NEEDS_SERVICE) != 0 && !has_service(config)) {
        return g_strdup("turn.service is off");
    }
    if ((needs & NEEDS_TCP) != 0 && !config->webrtc.tcp) {
        return g_strdup("webrtc.tcp is false");
    }
    if ((needs & NEEDS_SHARED) != 0 && !has_shared_port) {
        return explain_own_ports(config);
    }
    if ((needs & NEEDS_OWN_PORTS) != 0 && has_shared_port) {
        return g_strdup_printf("with %s all viewers share one UDP port: unset one of the two",
                config->webrtc.udpmux != 0 ? "webrtc.udpmux" : "webrtc.tcpmux");
    }
    if ((needs & NEEDS_OTHERS) != 0 && !hp_sharing_reaches_others(config)) {
        return g_strdup("server.bind is for this computer alone");
    }
    if ((needs & NEEDS_OPEN_BIND) != 0) {
        return g_strdup_printf("server.bind is for this computer alone, and a number is a port "
                               "there: set it to :%u for all addresses",
                (unsigned) hp_sharing_guest_port(config));
    }
    return NULL;
}

// One port of the range is used, after all.
static bool
is_first_port_shared(const struct hp_config *config, const struct row *row)
{
    return row->is_wanted == has_range && config->webrtc.udpmux == 0
            && hp_sharing_port(config) != 0;
}

static char *
describe(const struct hp_config *config, const struct row *row)
{
    char *obstacle = find_obstacle(config, row->needs);
    if (obstacle == NULL) {
        return NULL;
    }
    char *line = is_first_port_shared(config, row)
            ? g_strdup_printf("webrtc.epr gives way to webrtc.tcpmux: all viewers share its first "
                              "UDP port, %u, since only a shared port has media by TCP, too",
                      (unsigned) hp_sharing_port(config))
            : g_strdup_printf("%s%s has no effect%s, since %s",
                      row->is_wanted == has_outside_port ? "the port in " : "", row->option,
                      row->is_wanted == is_guest_port_local ? " for others" : "", obstacle);
    g_free(obstacle);
    return line;
}

char **
hp_clash_list(const struct hp_config *config, hp_clash_given_fn is_given, const void *arg)
{
    GPtrArray *lines = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool is_asked = rows[i].is_wanted(config) && is_given(arg, rows[i].option);
        char *line = is_asked ? describe(config, &rows[i]) : NULL;
        if (line != NULL) {
            g_ptr_array_add(lines, line);
        }
    }
    g_ptr_array_add(lines, NULL);
    return (char **) g_ptr_array_free(lines, FALSE);
}

// igd.c - a mapping by UPnP-IGD.
// Owner: none.  Thread: one of the pool's.
// UPnP-IGD WANIPConnection:1 and :2 (AddPortMapping, its errors).
#include "router/igd.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>

#include "router/mapper_request.h"

enum {
    DISCOVER_MS = 1000,
    DISCOVER_TTL = 2,
    CONNECTED = 1, // of UPNP_GetValidIGD()
    ONLY_PERMANENT = 725,
    TAKEN = 718,
    PORTS_TRIED = 4,
    TEXT_SIZE = 16,
};

struct igd {
    struct UPNPUrls urls;
    struct IGDdatas data;
};

static int
get_valid(struct UPNPDev *devices, struct igd *igd, char *own, int own_size)
{
#if MINIUPNPC_API_VERSION >= 18
    char wan[64];
    return UPNP_GetValidIGD(devices, &igd->urls, &igd->data, own, own_size, wan, sizeof(wan));
#else
    return UPNP_GetValidIGD(devices, &igd->urls, &igd->data, own, own_size);
#endif
}

// Whoever answers the search is believed only where it speaks for our own gateway.
static bool
is_of_gateway(const struct igd *igd, const char *gateway)
{
    const char *host = igd->urls.controlURL == NULL ? NULL : strstr(igd->urls.controlURL, "://");
    size_t size = strlen(gateway);
    return host != NULL && strncmp(host + 3, gateway, size) == 0
            && (host[3 + size] == ':' || host[3 + size] == '/');
}

static bool
find(const struct hp_mapper_request *request, struct igd *igd)
{
    char own[64];
    int error;
    struct UPNPDev *devices =
            upnpDiscover(DISCOVER_MS, request->own, NULL, 0, 0, DISCOVER_TTL, &error);
    int answer = devices == NULL ? 0 : get_valid(devices, igd, own, sizeof(own));
    freeUPNPDevlist(devices);
    if (answer == CONNECTED && is_of_gateway(igd, request->gateway)) {
        return true;
    }
    if (answer != 0) {
        FreeUPNPUrls(&igd->urls);
    }
    return false;
}

// Some routers know only mappings for ever, which we take back at the end.
static int
add(const struct igd *igd, const struct hp_mapper_request *request, unsigned external,
        struct hp_mapper_result *result)
{
    char outside[TEXT_SIZE], inside[TEXT_SIZE], lifetime[TEXT_SIZE];
    g_snprintf(outside, sizeof(outside), "%u", external);
    g_snprintf(inside, sizeof(inside), "%u", request->port);
    g_snprintf(lifetime, sizeof(lifetime), "%u", request->lifetime_s);
    const char *url = igd->urls.controlURL;
    const char *type = igd->data.first.servicetype;
    int error = UPNP_AddPortMapping(
            url, type, outside, inside, request->own, "Hairpin", "UDP", NULL, lifetime);
    result->lifetime_s = request->lifetime_s;
    if (error == ONLY_PERMANENT) {
        error = UPNP_AddPortMapping(
                url, type, outside, inside, request->own, "Hairpin", "UDP", NULL, "0");
        result->lifetime_s = 0;
    }
    result->external_port = (uint16_t) external;
    return error;
}

static bool
take(const struct igd *igd, const struct hp_mapper_request *request,
        struct hp_mapper_result *result)
{
    unsigned wished = request->external_port != 0 ? request->external_port : request->port;
    int error = TAKEN;
    for (unsigned i = 0; i < PORTS_TRIED && error == TAKEN && wished + i <= UINT16_MAX; i++) {
        error = add(igd, request, wished + i, result);
    }
    char address[TEXT_SIZE * 4] = "";
    if (error != UPNPCOMMAND_SUCCESS
            || UPNP_GetExternalIPAddress(
                       igd->urls.controlURL, igd->data.first.servicetype, address)
                    != UPNPCOMMAND_SUCCESS) {
        return false;
    }
    g_strlcpy(result->external_address, address, HP_ADDRESS_TEXT_SIZE);
    return true;
}

static bool
give_back(const struct igd *igd, const struct hp_mapper_request *request)
{
    char outside[TEXT_SIZE];
    g_snprintf(outside, sizeof(outside), "%u", request->external_port);
    return UPNP_DeletePortMapping(igd->urls.controlURL, igd->data.first.servicetype, outside,
                   "UDP", NULL)
            == UPNPCOMMAND_SUCCESS;
}

bool
hp_igd_run(const struct hp_mapper_request *request, struct hp_mapper_result *result)
{
    struct igd igd = { 0 };
    if (!find(request, &igd)) {
        return false;
    }
    bool is_good = request->lifetime_s == 0 ? give_back(&igd, request)
                                            : take(&igd, request, result);
    FreeUPNPUrls(&igd.urls);
    return is_good;
}

// ice_service.c - what browsers are told to ask, and our own STUN and TURN service.
// Owner: hp_app.  Thread: main; the service itself runs on worker 0.
#include "app/ice_service.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "app/page_servers.h"
#include "app/sharing.h"
#define LOG_TAG "app"
#include "base/log.h"
#include "config/config.h"
#include "nat/addr.h"
#include "nat/annex.h"
#include "nat/ingress.h"
#include "relay/discovery.h"
#include "room/notice.h"
#include "room/notices.h"
#include "room/room.h"
#include "room/session.h"

struct hp_ice_service {
    const struct hp_config *config;
    struct hp_page_servers servers;
    struct hp_ingress *ingress;
    struct hp_relay *relay; // NULL: it is off, or there is no shared port
    struct hp_annex *annex; // NULL: none
    struct hp_worker *worker; // that reads both ports
    bool has_tried; // to open the annex
};

struct hp_ice_service *
hp_ice_service_create(const struct hp_config *config)
{
    struct hp_ice_service *service = g_new0(struct hp_ice_service, 1);
    const struct hp_page_servers_params params = {
        .configured = config->webrtc.ice_servers_frontend,
        .secret = config->turn.secret,
        .lifetime_s = config->turn.lifetime_ms / 1000,
        .public_host = config->turn.public_host,
    };
    service->config = config;
    hp_page_servers_init(&service->servers, &params);
    return service;
}

static void
inject(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    const struct hp_ice_service *service = arg;
    hp_ingress_inject(service->ingress, flow, data, size);
}

static void
on_notice(void *arg, const struct hp_notice *notice)
{
    struct hp_ice_service *service = arg;
    char id[HP_PAGE_SERVERS_ID_SIZE];
    if (notice->kind == HP_NOTICE_DELETED) {
        hp_page_servers_id(&service->servers, notice->about->id, id);
        hp_relay_end_session(service->relay, id);
    }
}

// Browsers believe a certificate that the operator has given, and not one that signs itself.
static void
tell_browsers(struct hp_ice_service *service, uint16_t page_port)
{
    const struct hp_config *config = service->config;
    struct hp_page_servers_own own = {
        .udp_port = hp_ingress_port(service->ingress),
        .with_turn = strcmp(config->turn.service, "on") == 0,
    };
    if (config->webrtc.tcp) {
        uint16_t guest_port = hp_sharing_guest_port(config);
        own.tcp_port = guest_port != 0 ? guest_port : page_port;
        own.is_tcp_at_page = own.tcp_port == page_port;
        own.tls_port = *config->server.cert != '\0' ? page_port : 0;
    }
    hp_page_servers_add_own(&service->servers, &own);
}

// Opens the second port if it is named, or is needed by now. Nobody answers there yet.
static void
open_annex(struct hp_ice_service *service, bool is_needed)
{
    const char *port = service->config->turn.alternate;
    bool is_auto = strcmp(port, "auto") == 0;
    if (service->has_tried || strcmp(port, "off") == 0 || (is_auto && !is_needed)) {
        return;
    }
    service->has_tried = true;
    service->annex = hp_annex_create(
            service->worker, is_auto ? 0 : (uint16_t) strtoul(port, NULL, 10));
}

static void
serve_annex(struct hp_ice_service *service)
{
    if (service->annex != NULL) {
        struct hp_service stun = hp_relay_stun_service(service->relay);
        hp_annex_set_service(service->annex, &stun);
        log_info("stun: also at UDP port %u", hp_annex_port(service->annex));
    }
}

// Between which addresses and ports of ours STUN clients choose.
static void
init_discovery(const struct hp_ice_service *service, struct hp_discovery *discovery)
{
    *discovery = (struct hp_discovery){ .pair_count = 0 };
    if (service->annex == NULL) {
        return;
    }
    discovery->carriers[0] = hp_ingress_carrier(service->ingress);
    discovery->ports[0] = hp_ingress_port(service->ingress);
    discovery->carriers[1] = hp_annex_carrier(service->annex);
    discovery->ports[1] = hp_annex_port(service->annex);
    hp_discovery_read(discovery, (const char *const *) service->config->turn.discovery);
}

struct hp_service
hp_ice_service_open(struct hp_ice_service *service, struct hp_ingress *ingress,
        struct hp_worker *worker, struct hp_room *room, uint16_t page_port)
{
    const struct hp_config *config = service->config;
    if (strcmp(config->turn.service, "off") == 0) {
        return (struct hp_service){ 0 };
    }
    struct hp_discovery discovery;
    service->ingress = ingress;
    service->worker = worker;
    open_annex(service, config->turn.discovery[0] != NULL);
    init_discovery(service, &discovery);
    const struct hp_relay_params params = {
        .secret = hp_page_servers_secret(&service->servers),
        .with_turn = strcmp(config->turn.service, "on") == 0,
        .with_classic = config->turn.classic,
        .listen = (const char *const *) config->turn.listen,
        .discovery = &discovery,
        .media_port = hp_ingress_port(ingress),
        .home = worker,
        .inject = inject,
        .inject_arg = service,
    };
    service->relay = hp_relay_create(&params);
    serve_annex(service);
    tell_browsers(service, page_port);
    hp_notices_add(hp_room_notices(room), on_notice, service);
    return hp_relay_service(service->relay);
}

// Chromium on Linux that has IPv6 only has no candidate of its own, unless a STUN or TURN server
// gives it one. Whether a browser that comes by IPv6 has IPv4, too, nobody knows.
static bool
is_by_ipv6(const struct hp_session *session)
{
    struct hp_addr addr;
    return session->address != NULL && session->host != NULL
            && hp_addr_parse(&addr, session->address, 0) && !hp_addr_is_ipv4(&addr)
            && !hp_addr_is_loopback(&addr);
}

static uint16_t
find_stun_port(struct hp_ice_service *service)
{
    bool was_open = service->annex != NULL;
    open_annex(service, true);
    if (!was_open) {
        serve_annex(service);
    }
    return service->annex != NULL ? hp_annex_port(service->annex) : 0;
}

json_t *
hp_ice_service_list(struct hp_ice_service *service, const struct hp_session *session)
{
    char id[HP_PAGE_SERVERS_ID_SIZE];
    struct hp_page_servers_way way = { .page_host = session->host };
    bool has_way = false;
    if (service->relay != NULL) {
        hp_page_servers_id(&service->servers, session->id, id);
        hp_relay_begin_session(service->relay, id); // before its browser can ask
        has_way = *service->config->turn.public_host == '\0' && is_by_ipv6(session);
        way.stun_port = has_way ? find_stun_port(service) : 0;
    }
    return hp_page_servers_make(&service->servers, session->id, has_way ? &way : NULL);
}

struct hp_relay_counters
hp_ice_service_counters(const struct hp_ice_service *service)
{
    return service->relay == NULL ? (struct hp_relay_counters){ 0 }
                                  : hp_relay_get_counters(service->relay);
}

void
hp_ice_service_destroy(struct hp_ice_service *service)
{
    if (service == NULL) {
        return;
    }
    if (service->relay != NULL) {
        struct hp_relay_counters counters = hp_relay_get_counters(service->relay);
        log_info("stun and turn: %" G_GUINT64_FORMAT " requests answered, %" G_GUINT64_FORMAT
                 " limited, %" G_GUINT64_FORMAT " datagrams relayed, %" G_GUINT64_FORMAT " dropped",
                counters.answered, counters.refused_early, counters.relayed, counters.dropped);
    }
    hp_annex_destroy(service->annex);
    hp_relay_destroy(service->relay);
    hp_page_servers_finish(&service->servers);
    g_free(service);
}

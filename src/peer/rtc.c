// rtc.c - the things that all peers of a server share: DTLS certificate, libraries, ICE's settings.
// Owner: app.  Thread: home.
#include "peer/rtc.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "rtc"
#include "base/fallback.h"
#include "base/log.h"
#include "base/strangers.h"
#include "base/worker.h"
#include "dtls/cert.h"
#include "dtls/dtls_context.h"
#include "dtls/handshake_pages.h"
#include "ice/agent.h"
#include "ice/config.h"
#include "ice/prober.h"
#include "nat/ingress.h"
#include "peer/watchdog.h"
#include "reach/offer.h"
#include "reach/reach.h"
#include "reach/resolver.h"
#include "sctp/sctp_stack.h"
#include "wire/address.h"

enum {
    CONNECT_MS = 10000,
    DISCONNECT_MS = 5000,
    GIVE_UP_MS = 30000,
};

struct hp_rtc {
    struct hp_rtc_params params; // its lists are our copies
    char **interfaces;
    struct hp_ice_server *servers;
    struct hp_watchdog_timeouts timeouts;
    struct hp_resolver *resolver;
    struct hp_ice_prober *prober;
    struct hp_strangers *strangers;
    struct hp_cert *cert;
    struct hp_dtls_context *dtls_context;
    struct hp_sctp_stack *sctp_stack;
    struct hp_ingress *ingress; // NULL: none
};

static void
copy_servers(struct hp_rtc *rtc, const struct hp_rtc_params *params)
{
    rtc->servers = g_new0(struct hp_ice_server, params->server_count + 1);
    for (unsigned i = 0; i < params->server_count; i++) {
        const struct hp_ice_server *server = &params->servers[i];
        rtc->servers[i] = (struct hp_ice_server) {
            .kind = server->kind,
            .host = g_strdup(server->host),
            .port = server->port,
            .username = g_strdup(server->username),
            .credential = g_strdup(server->credential),
        };
    }
}

static void
copy_params(struct hp_rtc *rtc, const struct hp_rtc_params *params)
{
    rtc->params = *params;
    rtc->params.interfaces = NULL;
    rtc->params.servers = NULL;
    rtc->timeouts = (struct hp_watchdog_timeouts) {
        .connect_ms = hp_fallback_apply(params->ice_timeout_ms, CONNECT_MS),
        .disconnect_ms = hp_fallback_apply(params->disconnect_timeout_ms, DISCONNECT_MS),
        .give_up_ms = hp_fallback_apply(params->give_up_timeout_ms, GIVE_UP_MS),
    };
    rtc->interfaces = g_strdupv((char **) (uintptr_t) params->interfaces);
    copy_servers(rtc, params);
}

static void
resolve_names(struct hp_rtc *rtc)
{
    rtc->resolver = hp_resolver_create(rtc->params.home, rtc->params.jobs);
    for (unsigned i = 0; i < rtc->params.server_count; i++) {
        hp_resolver_add(rtc->resolver, rtc->servers[i].host);
    }
}

static bool
find_address(void *arg, const char *host, char address[HP_ADDRESS_TEXT_SIZE])
{
    const struct hp_rtc *rtc = arg;
    struct hp_resolved resolved;
    if (!hp_resolver_find(rtc->resolver, host, &resolved)) {
        return false;
    }
    g_strlcpy(address, resolved.addresses[0], HP_ADDRESS_TEXT_SIZE);
    return true;
}

bool
hp_rtc_prepare_process(void)
{
    return hp_handshake_pages_install();
}

struct hp_rtc *
hp_rtc_create(const struct hp_rtc_params *params)
{
    assert(hp_worker_is_current(params->home));
    struct hp_rtc *rtc = g_new0(struct hp_rtc, 1);
    copy_params(rtc, params);
    resolve_names(rtc);
    rtc->prober = hp_ice_prober_create(&(struct hp_ice_prober_params) { .home = params->home,
            .servers = rtc->servers,
            .server_count = params->server_count,
            .find_address = find_address,
            .arg = rtc });
    rtc->strangers = hp_strangers_create();
    hp_ice_agent_warm_up();
    rtc->cert = hp_cert_create();
    if (rtc->cert == NULL) {
        goto fail; // the callee has logged the reason, also further down
    }
    rtc->dtls_context = hp_dtls_context_create(rtc->cert);
    if (rtc->dtls_context == NULL) {
        goto fail;
    }
    rtc->sctp_stack = hp_sctp_stack_create(params->home);
    if (rtc->sctp_stack == NULL) {
        goto fail;
    }
    return rtc;
fail:
    hp_rtc_destroy(rtc);
    return NULL;
}

void
hp_rtc_destroy(struct hp_rtc *rtc)
{
    if (rtc == NULL) {
        return;
    }
    if (rtc->sctp_stack != NULL) {
        hp_sctp_stack_destroy(rtc->sctp_stack);
    }
    hp_dtls_context_destroy(rtc->dtls_context);
    hp_cert_destroy(rtc->cert);
    hp_strangers_destroy(rtc->strangers);
    hp_ice_prober_destroy(rtc->prober);
    hp_resolver_destroy(rtc->resolver);
    for (unsigned i = 0; i < rtc->params.server_count; i++) {
        g_free(rtc->servers[i].host);
        g_free(rtc->servers[i].username);
        g_free(rtc->servers[i].credential);
    }
    g_free(rtc->servers);
    g_strfreev(rtc->interfaces);
    g_free(rtc);
}

static void
add_server(struct hp_rtc *rtc, const struct hp_ice_server *server,
        struct hp_ice_config *config)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    if (config->server_count == HP_ICE_SERVERS_MAX
            || !find_address(rtc, server->host, address)) {
        return;
    }
    struct hp_ice_endpoint *endpoint = &config->servers[config->server_count++];
    *endpoint = (struct hp_ice_endpoint) {
        .kind = server->kind,
        .port = server->port,
        .username = g_strdup(server->username),
        .credential = g_strdup(server->credential),
    };
    g_strlcpy(endpoint->address, address, sizeof(endpoint->address));
}

// A router maps, and a server outside sees, UDP ports only.
static void
add_public(const struct hp_offer_address *address, struct hp_ice_config *config)
{
    if (config->public_count < HP_ICE_PUBLIC_MAX) {
        unsigned i = config->public_count++;
        bool is_host = address->origin == HP_OFFER_HOST;
        bool is_tcp_said = is_host || address->origin == HP_OFFER_PAGE
                || address->origin == HP_OFFER_NAMED;
        config->public_udp_ports[i] = is_host ? 0 : address->port;
        config->public_tcp_ports[i] = is_tcp_said ? address->port : 0;
        g_strlcpy(config->public_addresses[i], address->text, HP_ADDRESS_TEXT_SIZE);
    }
}

// A port outside is that of the shared port: an agent with a port of its own is not reached there.
// `shared_port`: 0: there is none.
static void
add_offer(const struct hp_offer *offer, uint16_t shared_port, struct hp_ice_config *config)
{
    GPtrArray *own = g_ptr_array_new();
    for (unsigned i = 0; i < offer->count; i++) {
        const struct hp_offer_address *address = &offer->addresses[i];
        if (address->origin == HP_OFFER_OWN) {
            g_ptr_array_add(own, g_strdup(address->text));
        } else if (address->origin == HP_OFFER_PAGE && address->port == shared_port) {
            continue; // it is the next one
        } else if (shared_port != 0 || address->port == 0 || address->origin == HP_OFFER_HOST) {
            add_public(address, config);
        }
    }
    g_ptr_array_add(own, NULL);
    if (own->len > 1) {
        config->interfaces = (char **) g_ptr_array_free(own, FALSE);
    } else {
        g_ptr_array_unref(own); // nothing is known of our own addresses: libnice looks itself
    }
}

// In a network of public IPv4 addresses the neighbours are strangers, and what has one of their
// private addresses here is somebody else. A network at home has public addresses of IPv6 only.
static bool
is_public_neighbour(const struct hp_offer *offer, const char *address)
{
    if (offer->place != HP_PLACE_NETWORK || address == NULL || strchr(address, ':') != NULL) {
        return false;
    }
    enum hp_address_class class = hp_address_classify(address);
    return class == HP_ADDRESS_PUBLIC || class == HP_ADDRESS_RESERVED;
}

struct hp_ice_config *
hp_rtc_take_ice_config(struct hp_rtc *rtc, const char *address, const char *host)
{
    assert(hp_worker_is_current(rtc->params.home));
    struct hp_ice_config *config = g_new0(struct hp_ice_config, 1);
    config->strangers = rtc->strangers;
    config->port_min = rtc->params.port_min;
    config->port_max = rtc->params.port_max;
    config->with_loopback = rtc->params.with_loopback;
    for (unsigned i = 0; i < rtc->params.server_count; i++) {
        add_server(rtc, &rtc->servers[i], config);
    }
    if (rtc->params.reach == NULL) {
        config->interfaces = g_strdupv(rtc->interfaces);
        return config;
    }
    struct hp_offer offer;
    hp_reach_offer(rtc->params.reach, address, host, &offer);
    config->with_loopback = config->with_loopback && offer.place == HP_PLACE_HOST;
    config->is_far = offer.place == HP_PLACE_FAR || is_public_neighbour(&offer, address);
    bool is_near = offer.place == HP_PLACE_NETWORK && !config->is_far;
    if ((is_near || config->is_far) && hp_address_is_usable(address, false, is_near)) {
        g_strlcpy(config->outside, address, sizeof(config->outside));
    }
    add_offer(&offer, rtc->ingress != NULL ? hp_ingress_port(rtc->ingress) : 0, config);
    return config;
}

struct hp_reach *
hp_rtc_reach(const struct hp_rtc *rtc)
{
    return rtc->params.reach;
}

unsigned
hp_rtc_count_failed_servers(const struct hp_rtc *rtc)
{
    assert(hp_worker_is_current(rtc->params.home));
    return hp_ice_prober_count_failed(rtc->prober);
}

void
hp_rtc_set_ingress(struct hp_rtc *rtc, struct hp_ingress *ingress)
{
    rtc->ingress = ingress;
}

struct hp_ingress *
hp_rtc_ingress(const struct hp_rtc *rtc)
{
    return rtc->ingress;
}

struct hp_dtls_context *
hp_rtc_dtls_context(const struct hp_rtc *rtc)
{
    return rtc->dtls_context;
}

struct hp_sctp_stack *
hp_rtc_sctp_stack(const struct hp_rtc *rtc)
{
    return rtc->sctp_stack;
}

const char *
hp_rtc_fingerprint(const struct hp_rtc *rtc)
{
    const char *text = strchr(hp_cert_fingerprint(rtc->cert), ' ');
    assert(text != NULL);
    return text + 1;
}

const struct hp_watchdog_timeouts *
hp_rtc_timeouts(const struct hp_rtc *rtc)
{
    return &rtc->timeouts;
}

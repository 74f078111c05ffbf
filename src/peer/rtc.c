// rtc.c - the things that all peers of a server share: DTLS certificate, libraries, ICE's settings.
// Owner: app.  Thread: home.
#include "peer/rtc.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#include "base/fallback.h"
#include "base/worker.h"
#include "dtls/cert.h"
#include "dtls/dtls_context.h"
#include "ice/agent.h"
#include "ice/config.h"
#include "ice/resolver.h"
#include "peer/watchdog.h"
#include "sctp/sctp_stack.h"

enum {
    CONNECT_MS = 30000,
    DISCONNECT_MS = 5000,
    GIVE_UP_MS = 30000,
};

struct hp_rtc {
    struct hp_rtc_params params; // its lists are our copies
    char **nat1to1;
    char **interfaces;
    struct hp_ice_server *servers;
    struct hp_watchdog_timeouts timeouts;
    struct hp_resolver *resolver;
    struct hp_cert *cert;
    struct hp_dtls_context *dtls_context;
    struct hp_sctp_stack *sctp_stack;
};

// Neko also takes "public/private" pairs; the private half is not needed, since we know our own
// addresses.
static void
copy_nat1to1(struct hp_rtc *rtc, const char *const *list)
{
    GPtrArray *copy = g_ptr_array_new();
    for (unsigned i = 0; list != NULL && list[i] != NULL; i++) {
        g_ptr_array_add(copy, g_strndup(list[i], strcspn(list[i], "/")));
    }
    g_ptr_array_add(copy, NULL);
    rtc->nat1to1 = (char **) g_ptr_array_free(copy, FALSE);
}

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
    rtc->params.nat1to1 = NULL;
    rtc->params.interfaces = NULL;
    rtc->params.servers = NULL;
    rtc->timeouts = (struct hp_watchdog_timeouts) {
        .connect_ms = hp_fallback_apply(params->ice_timeout_ms, CONNECT_MS),
        .disconnect_ms = hp_fallback_apply(params->disconnect_timeout_ms, DISCONNECT_MS),
        .give_up_ms = hp_fallback_apply(params->give_up_timeout_ms, GIVE_UP_MS),
    };
    copy_nat1to1(rtc, params->nat1to1);
    rtc->interfaces = g_strdupv((char **) (uintptr_t) params->interfaces);
    copy_servers(rtc, params);
}

static void
resolve_names(struct hp_rtc *rtc)
{
    rtc->resolver = hp_resolver_create(rtc->params.home, rtc->params.jobs);
    for (unsigned i = 0; rtc->nat1to1[i] != NULL; i++) {
        hp_resolver_add(rtc->resolver, rtc->nat1to1[i]);
    }
    for (unsigned i = 0; i < rtc->params.server_count; i++) {
        hp_resolver_add(rtc->resolver, rtc->servers[i].host);
    }
}

struct hp_rtc *
hp_rtc_create(const struct hp_rtc_params *params)
{
    assert(hp_worker_is_current(params->home));
    struct hp_rtc *rtc = g_new0(struct hp_rtc, 1);
    copy_params(rtc, params);
    resolve_names(rtc);
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
    hp_resolver_destroy(rtc->resolver);
    for (unsigned i = 0; i < rtc->params.server_count; i++) {
        g_free(rtc->servers[i].host);
        g_free(rtc->servers[i].username);
        g_free(rtc->servers[i].credential);
    }
    g_free(rtc->servers);
    g_strfreev(rtc->nat1to1);
    g_strfreev(rtc->interfaces);
    g_free(rtc);
}

static void
add_server(const struct hp_rtc *rtc, const struct hp_ice_server *server,
        struct hp_ice_config *config)
{
    struct hp_resolved resolved;
    if (config->server_count == HP_ICE_SERVERS_MAX
            || !hp_resolver_find(rtc->resolver, server->host, &resolved)) {
        return;
    }
    struct hp_ice_endpoint *endpoint = &config->servers[config->server_count++];
    *endpoint = (struct hp_ice_endpoint) {
        .kind = server->kind,
        .port = server->port,
        .username = g_strdup(server->username),
        .credential = g_strdup(server->credential),
    };
    g_strlcpy(endpoint->address, resolved.addresses[0], sizeof(endpoint->address));
}

static void
add_public(const struct hp_rtc *rtc, const char *name, struct hp_ice_config *config)
{
    struct hp_resolved resolved;
    if (!hp_resolver_find(rtc->resolver, name, &resolved)) {
        return;
    }
    for (unsigned i = 0; i < resolved.count && config->public_count < HP_ICE_PUBLIC_MAX; i++) {
        g_strlcpy(config->public_addresses[config->public_count++], resolved.addresses[i],
                HP_ADDRESS_TEXT_SIZE);
    }
}

struct hp_ice_config *
hp_rtc_take_ice_config(struct hp_rtc *rtc, const char *viewer_address)
{
    assert(hp_worker_is_current(rtc->params.home));
    struct hp_ice_config *config = g_new0(struct hp_ice_config, 1);
    config->port_min = rtc->params.port_min;
    config->port_max = rtc->params.port_max;
    config->with_loopback = rtc->params.with_loopback;
    config->interfaces = g_strdupv(rtc->interfaces);
    for (unsigned i = 0; i < rtc->params.server_count; i++) {
        add_server(rtc, &rtc->servers[i], config);
    }
    for (unsigned i = 0; rtc->nat1to1[i] != NULL; i++) {
        add_public(rtc, rtc->nat1to1[i], config);
    }
    hp_ice_config_set_viewer(config, viewer_address);
    return config;
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

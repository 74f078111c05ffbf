// reach.c - by which addresses a browser can reach this server.
// Owner: app.  Thread: home.
#include "reach/reach.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "reach"
#include "base/job.h"
#include "base/log.h"
#include "base/worker.h"
#include "port/host.h"
#include "reach/hosts.h"
#include "reach/interfaces.h"
#include "router/mapper.h"
#include "router/mapping.h"
#include "reach/mdns.h"
#include "reach/mdns_socket.h"
#include "reach/offer.h"
#include "reach/plain_socket.h"
#include "reach/reflexive.h"
#include "reach/resolver.h"
#include "reach/retrieval.h"

struct hp_reach {
    struct hp_worker *home;
    char **nat1to1;
    bool with_loopback;
    struct hp_interfaces *interfaces;
    struct hp_resolver *resolver; // of the operator's names
    struct hp_hosts *hosts; // of visitors' names
    char **stun_servers;
    bool with_mapping;
    uint16_t shared_port; // 0: each browser has a port of its own
    struct hp_jobs *mapping_jobs; // a router may take seconds, and nobody waits behind it
    struct hp_mapping *mappings[2]; // [1] is IPv6's; NULL: no router is asked
    unsigned open_mappings;         // while closing
    void (*on_closed)(void *arg);
    void *closed_arg;
    struct hp_plain_socket *plain_socket; // NULL: the shared port is used
    struct hp_reflexive *reflexive;
    struct hp_jobs *retrieval_jobs; // a server may take seconds, too
    struct hp_retrieval *retrieval; // NULL: nobody is asked
    struct hp_mdns_socket *mdns_socket; // NULL: no name is looked up
    struct hp_mdns *mdns;
    char *told; // the last line about our addresses
    GPtrArray *watchers; // of struct hp_reach_watcher
};

static void
add_public(struct hp_offer_facts *facts, const char *text, uint16_t port,
        enum hp_offer_origin origin)
{
    if (facts->public_count < HP_PUBLIC_MAX) {
        struct hp_offer_address *address = &facts->publics[facts->public_count++];
        *address = (struct hp_offer_address){ .port = port, .origin = origin };
        g_strlcpy(address->text, text, sizeof(address->text));
    }
}

// A port that is named is that of the shared port outside: without one it means nothing.
static void
collect_named(const struct hp_reach *reach, struct hp_offer_facts *facts)
{
    struct hp_resolved resolved;
    char host[HP_HOST_SIZE];
    uint16_t port;
    for (unsigned i = 0; reach->nat1to1[i] != NULL; i++) {
        if (!hp_host_split_outside(reach->nat1to1[i], host, &port)
                || !hp_resolver_find(reach->resolver, host, &resolved)) {
            continue;
        }
        port = reach->shared_port != 0 ? port : 0;
        for (unsigned k = 0; k < resolved.count; k++) {
            add_public(facts, resolved.addresses[k], port, HP_OFFER_NAMED);
        }
    }
}

static void
collect_reflexive(const struct hp_reach *reach, struct hp_offer_facts *facts, bool is_ipv6)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    if (hp_reflexive_get(reach->reflexive, is_ipv6, address, &port)) {
        add_public(facts, address, port, HP_OFFER_REFLEXIVE);
    }
}

// A mapping of a router that is itself behind another one is of no use outside.
static void
collect_mapped(const struct hp_reach *reach, struct hp_offer_facts *facts, bool is_ipv6)
{
    char mapped[HP_ADDRESS_TEXT_SIZE], seen[HP_ADDRESS_TEXT_SIZE];
    uint16_t port, seen_port;
    const struct hp_mapping *mapping = reach->mappings[is_ipv6];
    if (mapping == NULL || !hp_mapping_get(mapping, mapped, &port)) {
        return;
    }
    bool is_seen = hp_reflexive_get(reach->reflexive, is_ipv6, seen, &seen_port);
    if (!is_seen || strcmp(mapped, seen) == 0) {
        add_public(facts, mapped, port, HP_OFFER_MAPPED);
    }
}

static void
collect_retrieved(const struct hp_reach *reach, struct hp_offer_facts *facts)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    if (reach->retrieval != NULL && hp_retrieval_get(reach->retrieval, address)) {
        add_public(facts, address, 0, HP_OFFER_REFLEXIVE);
    }
}

static void
collect(const struct hp_reach *reach, struct hp_offer_facts *facts)
{
    *facts = (struct hp_offer_facts){ .own = hp_interfaces_own(reach->interfaces) };
    collect_named(reach, facts);
    collect_mapped(reach, facts, false);
    collect_mapped(reach, facts, true);
    collect_reflexive(reach, facts, false);
    collect_reflexive(reach, facts, true);
    collect_retrieved(reach, facts);
}

// Says which addresses there are, when that has changed.
static void
tell(struct hp_reach *reach)
{
    struct hp_offer_facts facts;
    struct hp_offer offer;
    collect(reach, &facts);
    hp_offer_make(&facts, &(struct hp_offer_viewer){ .address = NULL }, &offer);
    GString *line = g_string_new(NULL);
    for (unsigned i = 0; i < offer.count; i++) {
        g_string_append_printf(line, "%s%s", i == 0 ? "" : ", ", offer.addresses[i].text);
    }
    if (reach->told == NULL || strcmp(reach->told, line->str) != 0) {
        log_info("addresses: %s", line->len == 0 ? "none but loopback" : line->str);
    }
    g_free(reach->told);
    reach->told = g_string_free(line, FALSE);
}

// The first public address of that family. `interface`: 0: of any.
static const struct hp_own_address *
find_public(const struct hp_own *own, bool is_ipv6, unsigned interface)
{
    for (unsigned i = 0; i < own->count; i++) {
        const struct hp_own_address *address = &own->addresses[i];
        bool is_public =
                address->class == HP_ADDRESS_PUBLIC || address->class == HP_ADDRESS_RESERVED;
        if (address->is_ipv6 == is_ipv6 && is_public && !address->is_virtual
                && (interface == 0 || interface == address->interface)) {
            return address;
        }
    }
    return NULL;
}

// The last resort is asked for IPv4, as long as nobody else knows an address of ours outside.
static void
want_retrieval(struct hp_reach *reach)
{
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    const struct hp_own *own = hp_interfaces_own(reach->interfaces);
    const struct hp_mapping *mapping = reach->mappings[0];
    bool is_known = find_public(own, false, 0) != NULL
            || hp_reflexive_get(reach->reflexive, false, address, &port)
            || (mapping != NULL && hp_mapping_get(mapping, address, &port));
    if (reach->retrieval != NULL) {
        hp_retrieval_want(reach->retrieval, !is_known && own->gateway_interfaces[0] != 0);
    }
}

static void
on_change(void *arg)
{
    struct hp_reach *reach = arg;
    want_retrieval(reach);
    tell(reach);
    for (unsigned i = 0; i < reach->watchers->len; i++) {
        struct hp_reach_watcher *watcher = g_ptr_array_index(reach->watchers, i);
        watcher->on_change(watcher->arg);
    }
}

// Whoever has a public address, or was told one, needs not ask for it.
static void
ask_outside(struct hp_reach *reach)
{
    const struct hp_own *own = hp_interfaces_own(reach->interfaces);
    for (unsigned family = 0; family < 2; family++) {
        bool is_wanted = reach->nat1to1[0] == NULL && own->gateway_interfaces[family] != 0
                && find_public(own, family == 1, 0) == NULL;
        hp_reflexive_ask(reach->reflexive, family == 1, is_wanted);
    }
}

// For IPv4 the router maps our private address; for IPv6 it lets our public one through.
static void
ask_router(struct hp_reach *reach)
{
    const struct hp_own *own = hp_interfaces_own(reach->interfaces);
    for (unsigned family = 0; family < 2; family++) {
        unsigned interface = own->gateway_interfaces[family];
        const char *gateway = own->gateways[family];
        const struct hp_own_address *address = family == 1 && interface != 0
                ? find_public(own, true, interface)
                : hp_own_find_neighbour(own, gateway);
        if (reach->mappings[family] != NULL) {
            hp_mapping_set_network(reach->mappings[family], gateway,
                    address == NULL ? "" : address->text, interface, reach->shared_port);
        }
    }
}

// Another address outside may be a router that has restarted, and forgotten.
static void
on_seen(void *arg)
{
    struct hp_reach *reach = arg;
    for (unsigned family = 0; family < 2; family++) {
        if (reach->mappings[family] != NULL) {
            hp_mapping_renew(reach->mappings[family]);
        }
    }
    on_change(reach);
}

static void
on_interfaces(void *arg)
{
    struct hp_reach *reach = arg;
    ask_outside(reach);
    ask_router(reach);
    if (reach->retrieval != NULL) {
        hp_retrieval_renew(reach->retrieval);
    }
    on_change(reach);
}

static void
on_datagram(void *arg, const struct sockaddr_storage *from, const uint8_t *data, size_t size)
{
    struct hp_reach *reach = arg;
    hp_reflexive_recv(reach->reflexive, from, data, size);
}

static void
create_reflexive(struct hp_reach *reach, const struct hp_reflexive_link *link)
{
    reach->reflexive = hp_reflexive_create(&(struct hp_reflexive_params){
            .home = reach->home,
            .resolver = reach->resolver,
            .servers = reach->stun_servers,
            .link = link,
            .on_change = on_seen,
            .arg = reach,
    });
    ask_outside(reach);
}

static void
create_plain(struct hp_reach *reach)
{
    reach->plain_socket = hp_plain_socket_create(reach->home, on_datagram, reach);
    create_reflexive(reach, &(struct hp_reflexive_link){
                                    .send = hp_plain_socket_send,
                                    .arg = reach->plain_socket,
                            });
}

static void
destroy_reflexive(struct hp_reach *reach)
{
    hp_reflexive_destroy(reach->reflexive);
    hp_plain_socket_destroy(reach->plain_socket);
    reach->reflexive = NULL;
    reach->plain_socket = NULL;
}

static void
create_retrieval(struct hp_reach *reach, const struct hp_reach_params *params)
{
    bool is_asked = params->retrieval_url != NULL && params->retrieval_url[0] != '\0'
            && reach->nat1to1[0] == NULL;
    reach->retrieval_jobs = is_asked ? hp_jobs_create(1, 2) : NULL;
    if (reach->retrieval_jobs == NULL) {
        return; // hp_jobs_create() has logged the reason
    }
    reach->retrieval = hp_retrieval_create(&(struct hp_retrieval_params){
            .home = reach->home,
            .jobs = reach->retrieval_jobs,
            .url = params->retrieval_url,
            .run = params->fetch,
            .on_change = on_change,
            .arg = reach,
    });
    want_retrieval(reach);
}

static void
on_mdns(void *arg, const char *from, const uint8_t *data, size_t size)
{
    struct hp_reach *reach = arg;
    hp_mdns_recv(reach->mdns, hp_interfaces_own(reach->interfaces), from, data, size);
}

static void
create_mdns(struct hp_reach *reach)
{
    reach->mdns_socket = hp_mdns_socket_create(reach->home, on_mdns, reach);
    reach->mdns = hp_mdns_create(reach->home,
            &(struct hp_mdns_link){ hp_mdns_socket_send, reach->mdns_socket });
}

static void
destroy_mdns(struct hp_reach *reach)
{
    struct hp_mdns_stats stats;
    if (reach->mdns != NULL) {
        hp_mdns_get_stats(reach->mdns, &stats);
        log_debug("%u queries for names of browsers, %u searches refused", stats.queries,
                stats.refused);
    }
    hp_mdns_destroy(reach->mdns);
    hp_mdns_socket_destroy(reach->mdns_socket);
}

static void
add_names(struct hp_reach *reach)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    for (unsigned i = 0; reach->nat1to1[i] != NULL; i++) {
        if (hp_host_split_outside(reach->nat1to1[i], host, &port)) {
            hp_resolver_add(reach->resolver, host);
        }
    }
}

struct hp_reach *
hp_reach_create(const struct hp_reach_params *params)
{
    assert(hp_worker_is_current(params->home));
    struct hp_reach *reach = g_new0(struct hp_reach, 1);
    reach->home = params->home;
    reach->watchers = g_ptr_array_new();
    reach->nat1to1 = params->nat1to1 == NULL ? g_new0(char *, 1)
                                             : g_strdupv((char **) params->nat1to1);
    reach->with_loopback = params->with_loopback;
    reach->with_mapping = params->with_mapping;
    reach->stun_servers = params->stun_servers == NULL ? g_new0(char *, 1)
                                                        : g_strdupv((char **) params->stun_servers);
    reach->resolver = hp_resolver_create(params->home, params->jobs);
    reach->hosts = hp_hosts_create(params->home, params->host_jobs);
    hp_resolver_watch(reach->resolver, on_change, reach);
    add_names(reach);
    if (params->with_mdns) {
        create_mdns(reach);
    }
    reach->interfaces = hp_interfaces_create(params->home, on_interfaces, reach);
    create_plain(reach);
    create_retrieval(reach, params);
    tell(reach);
    return reach;
}

void
hp_reach_destroy(struct hp_reach *reach)
{
    if (reach == NULL) {
        return;
    }
    destroy_mdns(reach);
    hp_mapping_destroy(reach->mappings[0]);
    hp_mapping_destroy(reach->mappings[1]);
    hp_jobs_abandon(reach->mapping_jobs);
    hp_retrieval_destroy(reach->retrieval);
    hp_jobs_abandon(reach->retrieval_jobs);
    destroy_reflexive(reach);
    hp_hosts_destroy(reach->hosts);
    hp_resolver_destroy(reach->resolver);
    hp_interfaces_destroy(reach->interfaces);
    g_strfreev(reach->nat1to1);
    g_strfreev(reach->stun_servers);
    g_ptr_array_unref(reach->watchers);
    g_free(reach->told);
    g_free(reach);
}

void
hp_reach_share(struct hp_reach *reach, uint16_t port, const struct hp_reflexive_link *link)
{
    assert(hp_worker_is_current(reach->home));
    destroy_reflexive(reach);
    create_reflexive(reach, link);
    reach->shared_port = port;
    reach->mapping_jobs = reach->with_mapping ? hp_jobs_create(2, 4) : NULL;
    if (reach->mapping_jobs == NULL) {
        return; // hp_jobs_create() has logged the reason
    }
    for (unsigned family = 0; family < 2; family++) {
        reach->mappings[family] = hp_mapping_create(&(struct hp_mapping_params){
                .home = reach->home,
                .jobs = reach->mapping_jobs,
                .run = hp_mapper_run,
                .on_change = on_change,
                .arg = reach,
        });
    }
    ask_router(reach);
}

void
hp_reach_recv(struct hp_reach *reach, const struct sockaddr_storage *from, const uint8_t *data,
        size_t size)
{
    hp_reflexive_recv(reach->reflexive, from, data, size);
}

void
hp_reach_watch(struct hp_reach *reach, struct hp_reach_watcher *watcher)
{
    assert(hp_worker_is_current(reach->home));
    g_ptr_array_add(reach->watchers, watcher);
}

void
hp_reach_unwatch(struct hp_reach *reach, struct hp_reach_watcher *watcher)
{
    assert(hp_worker_is_current(reach->home));
    g_ptr_array_remove_fast(reach->watchers, watcher);
}

static void
on_mapping_closed(void *arg)
{
    struct hp_reach *reach = arg;
    reach->open_mappings--;
    if (reach->open_mappings == 0) {
        reach->on_closed(reach->closed_arg);
    }
}

void
hp_reach_close(struct hp_reach *reach, void (*on_closed)(void *arg), void *arg)
{
    reach->on_closed = on_closed;
    reach->closed_arg = arg;
    if (reach->mappings[0] == NULL) {
        on_closed(arg);
        return;
    }
    reach->open_mappings = 2; // of both, before the first one may be closed at once
    hp_mapping_close(reach->mappings[0], on_mapping_closed, reach);
    hp_mapping_close(reach->mappings[1], on_mapping_closed, reach);
}

void
hp_reach_note_host(
        struct hp_reach *reach, uint64_t id, const char *client, const char *authority)
{
    assert(hp_worker_is_current(reach->home));
    char host[HP_HOST_SIZE];
    uint16_t port;
    if (hp_host_split(authority, host, &port)) {
        hp_hosts_add(reach->hosts, id, client, host);
    }
}

void
hp_reach_forget_host(struct hp_reach *reach, uint64_t id)
{
    assert(hp_worker_is_current(reach->home));
    hp_hosts_remove(reach->hosts, id);
}

static void
add_hosts(const struct hp_reach *reach, const char *authority, struct hp_offer_viewer *viewer)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    struct hp_resolved resolved;
    if (authority == NULL || !hp_host_split(authority, host, &port)
            || !hp_hosts_find(reach->hosts, host, &resolved)) {
        return;
    }
    for (unsigned i = 0; i < resolved.count && viewer->host_count < HP_HOST_MAX; i++) {
        struct hp_offer_address *address = &viewer->hosts[viewer->host_count++];
        *address = (struct hp_offer_address){ .port = port, .origin = HP_OFFER_HOST };
        g_strlcpy(address->text, resolved.addresses[i], sizeof(address->text));
    }
}

void
hp_reach_offer(const struct hp_reach *reach, const char *address, const char *authority,
        struct hp_offer *offer)
{
    assert(hp_worker_is_current(reach->home));
    struct hp_offer_facts facts;
    struct hp_offer_viewer viewer = {
        .address = address,
        .may_have_loopback = reach->with_loopback,
    };
    add_hosts(reach, authority, &viewer);
    collect(reach, &facts);
    hp_offer_make(&facts, &viewer, offer);
    log_debug("a browser at %s is %s: %u addresses", address == NULL ? "?" : address,
            hp_place_name(offer->place), offer->count);
}

struct hp_mdns_search *
hp_reach_find_name(struct hp_reach *reach, const char *asker, const char *name,
        void (*on_found)(void *arg, const char *address), void *arg)
{
    return reach->mdns == NULL ? NULL
                               : hp_mdns_find(reach->mdns, hp_interfaces_own(reach->interfaces),
                                       asker, name, on_found, arg);
}

void
hp_reach_cancel(struct hp_mdns_search *search)
{
    hp_mdns_cancel(search);
}

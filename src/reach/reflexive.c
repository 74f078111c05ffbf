// reflexive.c - our own public addresses, as STUN servers see them.
// Owner: hp_reach.  Thread: home.
// RFC 8489 section 6.2.1 (retransmission), RFC 8445 section 5.1.1.2, RFC 5780 section 4.3 (a port
// that differs from server to server).
#include "reach/reflexive.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "reach"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "port/host.h"
#include "reach/probe.h"
#include "reach/resolver.h"

enum {
    SERVERS_MAX = 8,
    NAME_WAIT_US = 300 * 1000,
    NAME_WAITS = 10,               // a name that takes longer is left for the next round
    KEEP_US = 20 * 1000 * 1000,    // most routers forget after 30 s and more (RFC 4787 REQ-5)
    KEEP_MIN_US = 5 * 1000 * 1000, // and others sooner
    REFRESH_US = 300 * 1000 * 1000, // of an address that nothing has to be kept for
    RETRY_MIN_US = 10 * 1000 * 1000,
    RETRY_MAX_US = 300 * 1000 * 1000,
};

static const int64_t waits_us[] = { 500 * 1000, 500 * 1000, 1000 * 1000 };

struct server {
    char host[HP_HOST_SIZE];
    uint16_t port;
};

enum phase {
    OFF,
    NAMING,  // waits for the server's address
    ASKING,  // waits for the server's answer
    WAITING, // for the next request, or round
};

// All about one family.
struct side {
    struct hp_reflexive *reflexive;
    bool is_ipv6;
    enum phase phase;
    unsigned server;    // that is asked
    unsigned left;      // servers that this round may still ask
    unsigned tries;     // at the server
    bool is_comparing;  // a second server is asked for the port
    struct sockaddr_storage to;
    struct hp_probe probe;
    uint8_t request[HP_PROBE_SIZE];
    size_t request_size;
    struct hp_timer timer;
    int64_t retry_us;
    // Halved when the router has forgotten; 0 before the first answer. What lies between a wait
    // that was too long and the next one is not searched for: it would save six requests a minute
    // at most, and each try that fails costs the port that browsers know.
    int64_t keep_us;
    char address[HP_ADDRESS_TEXT_SIZE]; // "": none is known
    uint16_t port;
};

struct hp_reflexive {
    struct hp_worker *home;
    struct hp_resolver *resolver;
    struct hp_reflexive_link link;
    void (*on_change)(void *arg);
    void *arg;
    struct server servers[SERVERS_MAX];
    unsigned server_count;
    struct side sides[2]; // IPv4, IPv6
};

static void ask(struct side *side);

static void
set_address(struct side *side, const char *address, uint16_t port)
{
    if (strcmp(side->address, address) == 0 && side->port == port) {
        return;
    }
    g_strlcpy(side->address, address, sizeof(side->address));
    side->port = port;
    side->reflexive->on_change(side->reflexive->arg);
}

static void
wait_for(struct side *side, int64_t time_us)
{
    side->phase = WAITING;
    hp_timer_start(&side->timer, time_us);
}

static void
begin_round(struct side *side)
{
    side->left = side->reflexive->server_count;
    side->is_comparing = false;
    ask(side);
}

// A server is silent: asks the next one.
static void
give_up_server(struct side *side)
{
    struct hp_reflexive *reflexive = side->reflexive;
    hp_probe_give_up(&side->probe);
    side->server = (side->server + 1) % reflexive->server_count;
    if (side->left > 0) {
        ask(side);
        return;
    }
    if (side->is_comparing) { // nobody contradicts
        wait_for(side, side->keep_us);
        return;
    }
    log_debug("no STUN server answers by IPv%d", side->is_ipv6 ? 6 : 4);
    wait_for(side, side->retry_us);
    side->retry_us = MIN(side->retry_us * 2, RETRY_MAX_US);
    set_address(side, "", 0);
}

static void
send_request(struct side *side)
{
    const struct hp_reflexive_link *link = &side->reflexive->link;
    link->send(link->arg, &side->to, side->request, side->request_size);
    hp_timer_start(&side->timer, waits_us[side->tries]);
    side->tries++;
}

static bool
to_socket_address(const char *text, uint16_t port, struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *) (void *) address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) (void *) address;
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return true;
    }
    return false;
}

// The server's first address of the family. `is_known`: the name means something, perhaps only in
// the other family.
static bool
find_server(struct side *side, bool *is_known)
{
    const struct server *server = &side->reflexive->servers[side->server];
    struct hp_resolved resolved;
    *is_known = hp_resolver_find(side->reflexive->resolver, server->host, &resolved);
    if (!*is_known) {
        return false;
    }
    for (unsigned i = 0; i < resolved.count; i++) {
        bool is_ipv6 = strchr(resolved.addresses[i], ':') != NULL;
        if (is_ipv6 == side->is_ipv6
                && to_socket_address(resolved.addresses[i], server->port, &side->to)) {
            return true;
        }
    }
    return false;
}

static void
try_name(struct side *side)
{
    bool is_known;
    if (find_server(side, &is_known)) {
        side->phase = ASKING;
        side->tries = 0;
        side->request_size = hp_probe_begin(&side->probe, side->request);
        send_request(side);
    } else if (!is_known && side->tries < NAME_WAITS) {
        side->tries++;
        hp_timer_start(&side->timer, NAME_WAIT_US);
    } else {
        give_up_server(side);
    }
}

static void
ask(struct side *side)
{
    side->phase = NAMING;
    side->left--;
    side->tries = 0;
    hp_resolver_want(
            side->reflexive->resolver, side->reflexive->servers[side->server].host);
    try_name(side);
}

static void
on_timer(void *arg)
{
    struct side *side = arg;
    switch (side->phase) {
    case OFF: break;
    case NAMING: try_name(side); break;
    case ASKING:
        if (side->tries < G_N_ELEMENTS(waits_us)) {
            send_request(side);
        } else {
            give_up_server(side);
        }
        break;
    case WAITING: begin_round(side); break;
    }
}

// Asks a second server for the port, once for each address.
static void
compare(struct side *side)
{
    side->is_comparing = true;
    side->server = (side->server + 1) % side->reflexive->server_count;
    ask(side);
}

static void
take_address(struct side *side, const char *address, uint16_t port)
{
    const struct hp_reflexive *reflexive = side->reflexive;
    bool is_known = strcmp(side->address, address) == 0;
    side->retry_us = RETRY_MIN_US;
    if (!reflexive->link.is_of_peers) {
        set_address(side, address, 0);
        wait_for(side, REFRESH_US);
        return;
    }
    if (side->is_comparing) {
        set_address(side, side->address, is_known && side->port == port ? port : 0);
        wait_for(side, side->keep_us);
        return;
    }
    if (side->keep_us == 0) {
        side->keep_us = KEEP_US;
    } else if (is_known && side->port != 0 && side->port != port) { // the mapping had gone
        side->keep_us = MAX(side->keep_us / 2, KEEP_MIN_US);
    }
    bool is_same = is_known && (side->port == port || side->port == 0);
    set_address(side, address, is_same ? side->port : port);
    if (!is_same && side->left > 0) {
        compare(side);
    } else {
        wait_for(side, side->keep_us);
    }
}

static bool
is_same_end(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    const struct sockaddr_in *a4 = (const struct sockaddr_in *) (const void *) a;
    const struct sockaddr_in *b4 = (const struct sockaddr_in *) (const void *) b;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *) (const void *) a;
    const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *) (const void *) b;
    if (a->ss_family != b->ss_family) {
        return false;
    }
    return a->ss_family == AF_INET
            ? a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr
            : a6->sin6_port == b6->sin6_port
                    && memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

static bool
is_of_side(const struct side *side, const char *address)
{
    enum hp_address_class class = hp_address_classify(address);
    return (class == HP_ADDRESS_PUBLIC || class == HP_ADDRESS_RESERVED)
            && (strchr(address, ':') != NULL) == side->is_ipv6;
}

bool
hp_reflexive_recv(struct hp_reflexive *reflexive, const struct sockaddr_storage *from,
        const uint8_t *data, size_t size)
{
    assert(hp_worker_is_current(reflexive->home));
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &reflexive->sides[i];
        if (side->phase != ASKING || !is_same_end(from, &side->to)
                || !hp_probe_take(&side->probe, data, size, address, &port)) {
            continue;
        }
        hp_timer_stop(&side->timer);
        if (is_of_side(side, address)) {
            take_address(side, address, port);
        } else { // an error, or a server on our side of the carrier's router
            give_up_server(side);
        }
        return true;
    }
    return false;
}

static void
add_server(struct hp_reflexive *reflexive, const char *text)
{
    struct server *server = &reflexive->servers[reflexive->server_count];
    if (reflexive->server_count < SERVERS_MAX
            && hp_host_split(text, server->host, &server->port) && server->port != 0) {
        reflexive->server_count++;
    }
}

struct hp_reflexive *
hp_reflexive_create(const struct hp_reflexive_params *params)
{
    struct hp_reflexive *reflexive = g_new0(struct hp_reflexive, 1);
    reflexive->home = params->home;
    reflexive->resolver = params->resolver;
    reflexive->link = *params->link;
    reflexive->on_change = params->on_change;
    reflexive->arg = params->arg;
    for (unsigned i = 0; params->servers[i] != NULL; i++) {
        add_server(reflexive, params->servers[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &reflexive->sides[i];
        side->reflexive = reflexive;
        side->is_ipv6 = i == 1;
        hp_probe_init(&side->probe);
        hp_timer_init(&side->timer, params->home, on_timer, side);
    }
    return reflexive;
}

void
hp_reflexive_destroy(struct hp_reflexive *reflexive)
{
    if (reflexive == NULL) {
        return;
    }
    hp_timer_stop(&reflexive->sides[0].timer);
    hp_timer_stop(&reflexive->sides[1].timer);
    g_free(reflexive);
}

void
hp_reflexive_ask(struct hp_reflexive *reflexive, bool is_ipv6, bool is_wanted)
{
    struct side *side = &reflexive->sides[is_ipv6];
    hp_timer_stop(&side->timer);
    hp_probe_give_up(&side->probe);
    side->phase = OFF;
    side->retry_us = RETRY_MIN_US;
    side->keep_us = 0;
    if (!is_wanted || reflexive->server_count == 0) {
        set_address(side, "", 0);
        return;
    }
    begin_round(side);
}

bool
hp_reflexive_get(const struct hp_reflexive *reflexive, bool is_ipv6,
        char address[HP_ADDRESS_TEXT_SIZE], uint16_t *port)
{
    const struct side *side = &reflexive->sides[is_ipv6];
    g_strlcpy(address, side->address, HP_ADDRESS_TEXT_SIZE);
    *port = side->port;
    return address[0] != '\0';
}

bool
hp_reflexive_is_server(const char *text)
{
    char host[HP_HOST_SIZE];
    uint16_t port;
    return hp_host_split(text, host, &port) && port != 0;
}

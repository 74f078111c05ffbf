// mapping.c - a mapping of our UDP port at the router in front.
// Owner: hp_reach.  Thread: home; the asking itself runs in a job.
// RFC 6887 section 11.2 (lifetimes and renewal), section 8.5 (a router that has forgotten): a
// renewal is a whole request, so it also mends what a router's restart has lost.
#include "router/mapping.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#define LOG_TAG "reach"
#include "base/job.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "router/mapper.h"

enum {
    LIFETIME_S = 3600,
    RENEW_S = 600, // also what a router that has restarted costs at most
    RETRY_MIN_S = 60,
    RETRY_MAX_S = 3600,
    JITTER_PERCENT = 10,
    CLOSE_LIMIT_US = 1000000, // a search by UPnP cannot be cut short, and takes longer
};

struct ask {
    struct hp_mapping *mapping; // NULL: it has ended meanwhile
    struct hp_mapper_request request;
    struct hp_mapper_result result;
    atomic_bool is_over; // the request points to it
    void (*run)(const struct hp_mapper_request *request, struct hp_mapper_result *result);
};

struct hp_mapping {
    struct hp_mapping_params params;
    char gateway[HP_ADDRESS_TEXT_SIZE], own[HP_ADDRESS_TEXT_SIZE];
    unsigned interface;
    uint16_t port;
    uint8_t nonce[HP_PCP_NONCE_SIZE];
    struct hp_mapper_request granted_by;  // of the mapping that there is
    struct hp_mapper_result granted;      // protocol NONE: there is none
    struct hp_timer timer;
    int64_t retry_s;
    struct hp_timer close_limit;
    struct ask *asking; // NULL: none is under way
    bool is_stale; // what is under way is about another network
    bool is_closing;
    void (*on_closed)(void *arg);
    void *closed_arg;
};

static void ask_again(struct hp_mapping *mapping);

static int64_t
with_jitter(int64_t seconds)
{
    int64_t range_us = seconds * 1000 * 1000 / 100 * JITTER_PERCENT;
    return seconds * 1000 * 1000 - (int64_t) (g_random_double() * (double) range_us);
}

static void
tell_closed(void *arg)
{
    struct hp_mapping *mapping = arg;
    void (*on_closed)(void *arg) = g_steal_pointer(&mapping->on_closed);
    hp_timer_stop(&mapping->close_limit);
    if (on_closed != NULL) {
        on_closed(mapping->closed_arg);
    }
}

// Taking back is asked for once, with the protocol that has granted it.
static void
close_mapping(struct hp_mapping *mapping)
{
    if (mapping->granted.protocol != HP_MAPPER_NONE) {
        ask_again(mapping);
        return;
    }
    tell_closed(mapping);
}

static bool
is_outside(const char *address)
{
    enum hp_address_class class = hp_address_classify(address);
    return class == HP_ADDRESS_PUBLIC || class == HP_ADDRESS_RESERVED;
}

static void
set_granted(struct hp_mapping *mapping, const struct ask *ask)
{
    bool is_same = mapping->granted.protocol == ask->result.protocol
            && mapping->granted.external_port == ask->result.external_port
            && strcmp(mapping->granted.external_address, ask->result.external_address) == 0;
    mapping->granted = ask->result;
    mapping->granted_by = ask->request;
    if (is_same) {
        return;
    }
    bool is_hole = strcmp(ask->result.external_address, ask->request.own) == 0;
    if (ask->result.protocol != HP_MAPPER_NONE && is_hole) {
        log_info("the router lets through what comes for UDP port %u of %s, by %s",
                ask->request.port, ask->request.own, hp_mapper_name(ask->result.protocol));
    } else if (ask->result.protocol != HP_MAPPER_NONE) {
        log_info("the router maps %s:%u to UDP port %u, by %s%s", ask->result.external_address,
                ask->result.external_port, ask->request.port,
                hp_mapper_name(ask->result.protocol),
                is_outside(ask->result.external_address) ? ""
                                                         : ": of no use, that is not outside");
    }
    mapping->params.on_change(mapping->params.arg);
}

static void
wait_on(struct hp_mapping *mapping)
{
    if (mapping->granted.protocol == HP_MAPPER_NONE) {
        hp_timer_start(&mapping->timer, with_jitter(mapping->retry_s));
        mapping->retry_s = MIN(mapping->retry_s * 2, RETRY_MAX_S);
        return;
    }
    mapping->retry_s = RETRY_MIN_S;
    int64_t half_s = mapping->granted.lifetime_s == 0 ? RENEW_S : mapping->granted.lifetime_s / 2;
    hp_timer_start(&mapping->timer, with_jitter(CLAMP(half_s, 30, RENEW_S)));
}

static void
on_asked(void *arg)
{
    struct ask *ask = arg;
    struct hp_mapping *mapping = ask->mapping;
    if (mapping == NULL) {
        g_free(ask);
        return;
    }
    bool was_taking_back = ask->request.lifetime_s == 0;
    mapping->asking = NULL;
    if (was_taking_back) {
        mapping->granted.protocol = HP_MAPPER_NONE;
    } else {
        set_granted(mapping, ask);
    }
    if (mapping->is_closing) {
        close_mapping(mapping);
    } else if (mapping->is_stale || was_taking_back) {
        ask_again(mapping);
    } else {
        wait_on(mapping);
    }
    g_free(ask);
}

static void
run_ask(void *arg)
{
    struct ask *ask = arg;
    ask->run(&ask->request, &ask->result);
}

static void
post_ask(struct hp_mapping *mapping, const struct hp_mapper_request *request)
{
    struct ask *ask = g_new0(struct ask, 1);
    ask->mapping = mapping;
    ask->run = mapping->params.run;
    ask->request = *request;
    atomic_init(&ask->is_over, false);
    ask->request.is_over = &ask->is_over;
    mapping->asking = ask;
    if (!hp_jobs_run(mapping->params.jobs, run_ask, on_asked, ask, mapping->params.home)) {
        on_asked(ask); // refused: as if no router had answered
    }
}

static void
take_back(struct hp_mapping *mapping)
{
    struct hp_mapper_request request = mapping->granted_by;
    request.lifetime_s = 0;
    request.protocol = mapping->granted.protocol;
    request.external_port = mapping->granted.external_port;
    post_ask(mapping, &request);
}

static bool
is_about_this_network(const struct hp_mapping *mapping)
{
    return strcmp(mapping->granted_by.gateway, mapping->gateway) == 0
            && strcmp(mapping->granted_by.own, mapping->own) == 0
            && mapping->granted_by.interface == mapping->interface
            && mapping->granted_by.port == mapping->port;
}

static void
request_mapping(struct hp_mapping *mapping)
{
    struct hp_mapper_request request = {
        .interface = mapping->interface,
        .port = mapping->port,
        .lifetime_s = LIFETIME_S,
        .protocol = mapping->granted.protocol,
        .external_port = mapping->granted.external_port,
    };
    g_strlcpy(request.gateway, mapping->gateway, sizeof(request.gateway));
    g_strlcpy(request.own, mapping->own, sizeof(request.own));
    memcpy(request.nonce, mapping->nonce, sizeof(request.nonce));
    post_ask(mapping, &request);
}

static void
ask_again(struct hp_mapping *mapping)
{
    hp_timer_stop(&mapping->timer);
    mapping->is_stale = mapping->asking != NULL;
    if (mapping->asking != NULL) {
        return; // on_asked() comes here again
    }
    bool has_mapping = mapping->granted.protocol != HP_MAPPER_NONE;
    if (has_mapping && (mapping->is_closing || !is_about_this_network(mapping))) {
        take_back(mapping);
    } else if (mapping->gateway[0] != '\0' && !mapping->is_closing) {
        request_mapping(mapping);
    }
}

static void
on_timer(void *arg)
{
    ask_again(arg);
}

struct hp_mapping *
hp_mapping_create(const struct hp_mapping_params *params)
{
    struct hp_mapping *mapping = g_new0(struct hp_mapping, 1);
    mapping->params = *params;
    mapping->retry_s = RETRY_MIN_S;
    for (unsigned i = 0; i < HP_PCP_NONCE_SIZE; i++) {
        mapping->nonce[i] = (uint8_t) g_random_int();
    }
    hp_timer_init(&mapping->timer, params->home, on_timer, mapping);
    hp_timer_init(&mapping->close_limit, params->home, tell_closed, mapping);
    return mapping;
}

void
hp_mapping_destroy(struct hp_mapping *mapping)
{
    if (mapping == NULL) {
        return;
    }
    if (mapping->asking != NULL) {
        mapping->asking->mapping = NULL;
    }
    hp_timer_stop(&mapping->timer);
    hp_timer_stop(&mapping->close_limit);
    g_free(mapping);
}

// Is that a router which may be asked for such an address? One in a public network of IPv4 is not
// our own. IPv6 has no private networks to tell by, but a default gateway is in our network.
static bool
is_home(const char *gateway, const char *own)
{
    enum hp_address_class class = hp_address_classify(gateway);
    if (strchr(own, ':') == NULL) {
        return class == HP_ADDRESS_PRIVATE && hp_address_classify(own) == HP_ADDRESS_PRIVATE;
    }
    return strchr(gateway, ':') != NULL && is_outside(own)
            && (class == HP_ADDRESS_LINK_LOCAL || class == HP_ADDRESS_PRIVATE
                    || is_outside(gateway));
}

void
hp_mapping_set_network(struct hp_mapping *mapping, const char *gateway, const char *own,
        unsigned interface, uint16_t port)
{
    assert(hp_worker_is_current(mapping->params.home));
    bool is_asked = port != 0 && is_home(gateway, own);
    gateway = is_asked ? gateway : "";
    own = is_asked ? own : "";
    if (strcmp(gateway, mapping->gateway) == 0 && strcmp(own, mapping->own) == 0
            && interface == mapping->interface && port == mapping->port) {
        return;
    }
    g_strlcpy(mapping->gateway, gateway, sizeof(mapping->gateway));
    g_strlcpy(mapping->own, own, sizeof(mapping->own));
    mapping->interface = interface;
    mapping->port = port;
    mapping->retry_s = RETRY_MIN_S;
    ask_again(mapping);
}

void
hp_mapping_renew(struct hp_mapping *mapping)
{
    if (mapping->granted.protocol != HP_MAPPER_NONE && !mapping->is_closing) {
        ask_again(mapping);
    }
}

bool
hp_mapping_get(const struct hp_mapping *mapping, char address[HP_ADDRESS_TEXT_SIZE],
        uint16_t *port)
{
    address[0] = '\0';
    *port = 0;
    if (mapping->granted.protocol == HP_MAPPER_NONE
            || !is_outside(mapping->granted.external_address)) {
        return false;
    }
    g_strlcpy(address, mapping->granted.external_address, HP_ADDRESS_TEXT_SIZE);
    *port = mapping->granted.external_port;
    return true;
}

void
hp_mapping_close(struct hp_mapping *mapping, void (*on_closed)(void *arg), void *arg)
{
    mapping->is_closing = true;
    mapping->on_closed = on_closed;
    mapping->closed_arg = arg;
    hp_timer_stop(&mapping->timer);
    hp_timer_start(&mapping->close_limit, CLOSE_LIMIT_US);
    if (mapping->asking == NULL) {
        close_mapping(mapping);
    } else if (mapping->asking->request.lifetime_s != 0) {
        atomic_store(&mapping->asking->is_over, true); // a router that is deaf takes seconds
    }
}

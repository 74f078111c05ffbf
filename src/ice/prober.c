// prober.c - tells the log which of the configured STUN and TURN servers do not serve us.
// Owner: hp_rtc.  Thread: home.
#include "ice/prober.h"

#include <string.h>

#include <glib.h>

#define LOG_TAG "ice"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "ice/config.h"
#include "ice/probe.h"
#include "ice/server.h"

enum {
    START_US = 500 * 1000, // names are being looked up
    RETRY_US = 10 * 1000 * 1000, // while a name is not known
    ROUND_US = 5 * 60 * 1000 * 1000,
    UNAUTHENTICATED = 401,
};

struct hp_ice_prober {
    struct hp_ice_prober_params params;
    struct hp_ice_verdict *verdicts; // of each server, the last one
    unsigned next; // server of this round; params.server_count: the round is over
    bool is_incomplete; // a name was not known in this round
    struct hp_ice_endpoint target; // of the probe under way; its texts are borrowed
    struct hp_ice_probe probe;
    struct hp_timer timer; // until the next round
};

static const char *
reason_of(int code)
{
    switch (code) {
    case UNAUTHENTICATED:
        return "it does not accept username and credential: check both, and whether they have "
               "run out";
    case 403: return "it forbids relaying: check its rules and this host's address";
    case 437:
    case 441: return "it does not accept these credentials now: check its other users";
    case 442: return "it does not relay UDP: expected a TURN server that does";
    case 486: return "its quota for this user is used up: raise that, or wait";
    case 508: return "it has no port left: widen its range of ports";
    default: return "its own log tells the reason";
    }
}

static void
tell(const struct hp_ice_server *server, struct hp_ice_verdict verdict)
{
    const char *scheme = server->kind == HP_ICE_STUN ? "stun" : "turn";
    bool has_colon = strchr(server->host, ':') != NULL; // an IPv6 address
    char *url = g_strdup_printf("%s:%s%s%s:%d%s", scheme, has_colon ? "[" : "", server->host,
            has_colon ? "]" : "", server->port,
            server->kind == HP_ICE_TURN_TCP ? "?transport=tcp" : "");
    switch (verdict.kind) {
    case HP_ICE_UNKNOWN: break;
    case HP_ICE_SERVES: log_info("%s serves us again", url); break;
    case HP_ICE_REFUSES:
        log_warn("webrtc.iceservers.backend: %s refuses us (%d): %s", url, verdict.number,
                reason_of(verdict.number));
        break;
    case HP_ICE_SILENT:
        log_warn("webrtc.iceservers.backend: %s does not answer in %d s: check that it runs at "
                 "this address and port, and that a firewall lets %s through",
                url, HP_ICE_PROBE_MS / 1000, server->kind == HP_ICE_TURN_TCP ? "TCP" : "UDP");
        break;
    case HP_ICE_UNREACHABLE:
        log_warn("webrtc.iceservers.backend: %s cannot be reached (%s): check that it runs at this "
                 "address and port",
                url, g_strerror(verdict.number));
        break;
    }
    g_free(url);
}

static void
ask_next(struct hp_ice_prober *prober)
{
    const struct hp_ice_prober_params *params = &prober->params;
    for (; prober->next < params->server_count; prober->next++) {
        const struct hp_ice_server *server = &params->servers[prober->next];
        struct hp_ice_endpoint *target = &prober->target;
        *target = (struct hp_ice_endpoint) { .kind = server->kind,
            .port = server->port,
            .username = server->username,
            .credential = server->credential };
        if (params->find_address(params->arg, server->host, target->address)) {
            hp_ice_probe_start(&prober->probe, target);
            return;
        }
        prober->is_incomplete = true;
    }
    hp_timer_start(&prober->timer, prober->is_incomplete ? RETRY_US : ROUND_US);
}

static void
on_verdict(void *arg, struct hp_ice_verdict verdict)
{
    struct hp_ice_prober *prober = arg;
    struct hp_ice_verdict *last = &prober->verdicts[prober->next];
    bool is_news = last->kind != verdict.kind || last->number != verdict.number;
    bool is_good_start = last->kind == HP_ICE_UNKNOWN && verdict.kind == HP_ICE_SERVES;
    if (is_news && !is_good_start) {
        tell(&prober->params.servers[prober->next], verdict);
    }
    *last = verdict;
    prober->next++;
    ask_next(prober);
}

static void
on_timer(void *arg)
{
    struct hp_ice_prober *prober = arg;
    prober->next = 0;
    prober->is_incomplete = false;
    ask_next(prober);
}

struct hp_ice_prober *
hp_ice_prober_create(const struct hp_ice_prober_params *params)
{
    struct hp_ice_prober *prober = g_new0(struct hp_ice_prober, 1);
    prober->params = *params;
    prober->verdicts = g_new0(struct hp_ice_verdict, params->server_count + 1);
    hp_ice_probe_init(&prober->probe, params->home, on_verdict, prober);
    hp_timer_init(&prober->timer, params->home, on_timer, prober);
    if (params->server_count > 0) {
        hp_timer_start(&prober->timer, START_US);
    }
    return prober;
}

void
hp_ice_prober_destroy(struct hp_ice_prober *prober)
{
    if (prober == NULL) {
        return;
    }
    hp_timer_stop(&prober->timer);
    hp_ice_probe_stop(&prober->probe);
    g_free(prober->verdicts);
    g_free(prober);
}

unsigned
hp_ice_prober_count_failed(const struct hp_ice_prober *prober)
{
    unsigned count = 0;
    for (unsigned i = 0; i < prober->params.server_count; i++) {
        enum hp_ice_verdict_kind kind = prober->verdicts[i].kind;
        count += kind != HP_ICE_UNKNOWN && kind != HP_ICE_SERVES;
    }
    return count;
}

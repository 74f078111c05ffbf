// metrics.c - GET /metrics: what the ports have counted.
// Owner: hp_shared_port.  Thread: main; a round of counting visits each worker.
#include "app/metrics.h"

#include <stdbool.h>

#include <glib.h>

#include "base/worker.h"
#include "edge/http.h"
#include "edge/request.h"
#include "port/limits.h"
#include "port/listener.h"

enum { WAITING_MAX = 16 }; // requests of one address that a round answers; more are too many

struct hp_metrics {
    struct hp_metrics_params params;
    struct hp_worker **workers;
    struct hp_http *http; // NULL: has ended
    GQueue waiting; // requests that the round under way answers
    struct hp_limits *limits; // of them
    bool is_counting; // a round is under way
    unsigned next; // the worker that it visits
    struct hp_metrics_sums sums;
};

// What a figure is, before its lines.
static void
begin(GString *text, const char *name, const char *type, const char *help)
{
    g_string_append_printf(text, "# HELP hairpin_%s %s\n# TYPE hairpin_%s %s\n", name, help, name,
            type);
}

static void
add(GString *text, const char *name, uint64_t value)
{
    g_string_append_printf(text, "hairpin_%s %" G_GUINT64_FORMAT "\n", name, value);
}

static void
add_ingress(GString *text, const struct hp_ingress_counters *sums)
{
    static const char *const names[] = {
        [HP_DEMUX_PEER] = "udp_routed_total{to=\"viewer\"}",
        [HP_DEMUX_SERVICE] = "udp_routed_total{to=\"service\"}",
        [HP_DEMUX_IGNORE] = "udp_dropped_total{why=\"empty\"}",
        [HP_DEMUX_UNKNOWN_UFRAG] = "udp_dropped_total{why=\"unknown viewer\"}",
        [HP_DEMUX_UNKNOWN_ADDRESS] = "udp_dropped_total{why=\"unknown address\"}",
        [HP_DEMUX_LIMITED] = "udp_dropped_total{why=\"too many\"}",
        [HP_DEMUX_MALFORMED] = "udp_dropped_total{why=\"malformed\"}",
    };
    begin(text, "udp_received_total", "counter", "Datagrams that came to the shared UDP port.");
    add(text, "udp_received_total", sums->datagrams);
    begin(text, "udp_routed_total", "counter",
            "Datagrams of the shared UDP port that were handed on.");
    for (unsigned i = HP_DEMUX_PEER; i <= HP_DEMUX_SERVICE; i++) {
        add(text, names[i], sums->verdicts[i]);
    }
    begin(text, "udp_dropped_total", "counter",
            "Datagrams of the shared UDP port that were not handed on.");
    for (unsigned i = HP_DEMUX_IGNORE; i < HP_DEMUX_VERDICTS; i++) {
        add(text, names[i], sums->verdicts[i]);
    }
    add(text, "udp_dropped_total{why=\"refused by the service\"}", sums->refused);
    add(text, "udp_dropped_total{why=\"worker behind\"}", sums->overflows);
    add(text, "udp_dropped_total{why=\"socket full\"}", sums->lost);
}

static void
add_relay(GString *text, const struct hp_relay_counters *sums, uint64_t lost)
{
    begin(text, "turn_answered_total", "counter",
            "Requests to the STUN and TURN service that were answered, also with an error.");
    add(text, "turn_answered_total", sums->answered);
    begin(text, "turn_refused_total", "counter",
            "Requests of strangers to the STUN and TURN service without an answer.");
    add(text, "turn_refused_total{why=\"too many\"}", sums->refused_early);
    add(text, "turn_refused_total{why=\"long answer\"}", sums->oversized);
    begin(text, "turn_relayed_total", "counter", "Datagrams of TURN clients that were relayed.");
    add(text, "turn_relayed_total", sums->relayed);
    begin(text, "turn_dropped_total", "counter",
            "Datagrams of TURN clients that were not relayed.");
    add(text, "turn_dropped_total", sums->dropped);
    begin(text, "turn_lost_total", "counter",
            "Datagrams for TURN clients by TCP that did not read.");
    add(text, "turn_lost_total", lost);
    begin(text, "turn_allocations", "gauge", "TURN allocations at present.");
    add(text, "turn_allocations", sums->allocations);
}

static void
add_tcp(GString *text, const struct hp_tcp_counters *sums,
        const struct hp_listener_counters *listener)
{
    begin(text, "tcp_accepted_total", "counter", "TCP connections that were accepted.");
    add(text, "tcp_accepted_total", listener->accepted);
    begin(text, "tcp_connections_total", "counter",
            "TCP connections that have become a way for media.");
    add(text, "tcp_connections_total{of=\"viewers\"}", sums->links);
    add(text, "tcp_connections_total{of=\"turn clients\"}", sums->clients);
    begin(text, "tcp_refused_total", "counter", "TCP connections that were refused.");
    add(text, "tcp_refused_total{why=\"unknown protocol\"}", listener->junk);
    add(text, "tcp_refused_total{why=\"silent\"}", listener->timeouts);
    add(text, "tcp_refused_total{why=\"too many\"}", listener->evicted);
    add(text, "tcp_refused_total{why=\"no descriptor\"}", listener->no_descriptor);
    add(text, "tcp_refused_total{why=\"no viewer\"}", sums->refused);
    add(text, "tcp_refused_total{why=\"malformed\"}", sums->broken);
    add(text, "tcp_refused_total{why=\"too many media connections\"}", sums->crowded);
    add(text, "tcp_refused_total{why=\"unproven\"}", sums->timeouts);
}

static void
add_crowd(GString *text, const struct hp_http_counters *sums)
{
    add(text, "tcp_refused_total{why=\"address is full\"}", sums->address_full);
    add(text, "tcp_refused_total{why=\"all is full\"}", sums->full);
    add(text, "tcp_refused_total{why=\"too many strangers\"}", sums->guests_refused);
    begin(text, "tcp_evicted_total", "counter",
            "TCP connections that have made room for newer ones.");
    add(text, "tcp_evicted_total{of=\"strangers\"}", sums->guests_evicted);
    add(text, "tcp_evicted_total{of=\"http\"}", sums->evicted);
}

// The next request that waits; NULL: there is none.
static struct hp_request *
pop(struct hp_metrics *metrics)
{
    struct hp_request *request = g_queue_pop_head(&metrics->waiting);
    if (request != NULL) {
        hp_limits_remove(metrics->limits, hp_request_address(request));
    }
    return request;
}

// On main: the round is over.
static void
answer(void *arg)
{
    struct hp_metrics *metrics = arg;
    struct hp_request *request;
    metrics->is_counting = false;
    if (metrics->http == NULL) {
        return;
    }
    GString *text = g_string_new(NULL);
    add_ingress(text, &metrics->sums.ingress);
    add_relay(text, &metrics->sums.relay, metrics->sums.tcp.lost);
    add_tcp(text, &metrics->sums.tcp, hp_http_listener_counters(metrics->http));
    struct hp_http_counters crowd = hp_http_get_counters(metrics->http);
    add_crowd(text, &crowd);
    while ((request = pop(metrics)) != NULL) {
        hp_request_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8", text->str,
                text->len);
    }
    g_string_free(text, TRUE);
}

// On each worker in turn.
static void
visit(void *arg)
{
    struct hp_metrics *metrics = arg;
    unsigned worker = metrics->next++;
    metrics->params.count(metrics->params.arg, worker, &metrics->sums);
    if (metrics->next < metrics->params.worker_count) {
        hp_worker_post(metrics->workers[metrics->next], visit, metrics);
    } else {
        hp_worker_post(metrics->params.home, answer, metrics);
    }
}

static void
on_request(void *arg, struct hp_request *request)
{
    struct hp_metrics *metrics = arg;
    if (hp_limits_add(metrics->limits, hp_request_address(request)) != HP_LIMITS_OK) {
        hp_request_reply_error(request, 503, "this address asks for figures too often");
        return;
    }
    g_queue_push_tail(&metrics->waiting, request);
    if (!metrics->is_counting) {
        metrics->is_counting = true;
        metrics->next = 0;
        metrics->sums = (struct hp_metrics_sums){ 0 };
        hp_worker_post(metrics->workers[0], visit, metrics);
    }
}

struct hp_metrics *
hp_metrics_create(const struct hp_metrics_params *params)
{
    struct hp_metrics *metrics = g_new0(struct hp_metrics, 1);
    metrics->params = *params;
    metrics->workers = g_memdup2(params->workers, params->worker_count * sizeof(*params->workers));
    metrics->http = params->http;
    metrics->limits = hp_limits_create(0, WAITING_MAX);
    g_queue_init(&metrics->waiting);
    hp_http_add_route(params->http, "GET", "/metrics", 0, on_request, metrics);
    return metrics;
}

void
hp_metrics_detach(struct hp_metrics *metrics)
{
    struct hp_request *request;
    if (metrics == NULL) {
        return;
    }
    while ((request = pop(metrics)) != NULL) {
        hp_request_reply_error(request, 503, "the server ends");
    }
    metrics->http = NULL;
}

void
hp_metrics_destroy(struct hp_metrics *metrics)
{
    if (metrics == NULL) {
        return;
    }
    hp_limits_destroy(metrics->limits);
    g_free(metrics->workers);
    g_free(metrics);
}

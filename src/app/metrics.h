// metrics.h - GET /metrics: what the ports have counted, in the text format of Prometheus. Sums
// only: nothing tells of a person or a session. Main thread.
#pragma once

#include <stdint.h>

#include "nat/ingress.h"
#include "relay/relay.h"
#include "tcp/tcp.h"

struct hp_http;
struct hp_metrics;
struct hp_worker;

// What is counted on the workers.
struct hp_metrics_sums {
    struct hp_ingress_counters ingress;
    struct hp_relay_counters relay;
    struct hp_tcp_counters tcp;
};

struct hp_metrics_params {
    struct hp_worker *home;
    struct hp_worker *const *workers; // copied
    unsigned worker_count;
    struct hp_http *http;
    // Adds what has been counted on that worker, on its thread.
    void (*count)(void *arg, unsigned worker, struct hp_metrics_sums *sums);
    void *arg;
};

// Adds the route. Never NULL. Owner: the shared port.
struct hp_metrics *hp_metrics_create(const struct hp_metrics_params *params);
void hp_metrics_detach(struct hp_metrics *metrics); // before http is destroyed; NULL is fine
void hp_metrics_destroy(struct hp_metrics *metrics); // after main and all workers; NULL is fine

// shared_port.c - the port that all viewers share, and what stands on it.
// Owner: hp_app.  Thread: main.
#include "app/shared_port.h"

#include <stdint.h>

#include <glib.h>

#include "app/guests.h"
#include "app/ice_service.h"
#include "app/metrics.h"
#include "app/outside.h"
#include "app/sharing.h"
#include "config/config.h"
#include "edge/http.h"
#include "nat/ingress.h"
#include "nat/service.h"
#include "peer/rtc.h"

struct hp_shared_port {
    struct hp_ingress *ingress;
    struct hp_outside *outside;
    struct hp_guests *guests; // NULL: no media by TCP
    const struct hp_ice_service *ice_service;
    struct hp_metrics *metrics; // NULL: nobody is told
};

// On that worker.
static void
count(void *arg, unsigned worker, struct hp_metrics_sums *sums)
{
    const struct hp_shared_port *port = arg;
    if (worker == 0) {
        sums->ingress = *hp_ingress_counters(port->ingress);
        sums->relay = hp_ice_service_counters(port->ice_service);
    }
    if (port->guests != NULL) {
        hp_guests_count(port->guests, worker, &sums->tcp);
    }
}

static struct hp_metrics *
open_metrics(struct hp_shared_port *port, const struct hp_shared_port_params *params)
{
    const struct hp_metrics_params metrics = {
        .home = params->main,
        .workers = params->workers,
        .worker_count = params->worker_count,
        .http = params->http,
        .count = count,
        .arg = port,
    };
    return params->config->server.metrics ? hp_metrics_create(&metrics) : NULL;
}

static struct hp_ingress *
open_ingress(const struct hp_shared_port_params *params)
{
    if (!hp_sharing_is_wanted(params->config)) {
        return NULL;
    }
    uint16_t own = hp_sharing_port(params->config);
    uint16_t port = own != 0 ? own : (uint16_t) hp_http_port(params->http);
    return hp_ingress_create(params->workers, params->worker_count, port);
}

struct hp_shared_port *
hp_shared_port_create(const struct hp_shared_port_params *params)
{
    struct hp_ingress *ingress = open_ingress(params);
    if (ingress == NULL) {
        return NULL;
    }
    struct hp_shared_port *port = g_new0(struct hp_shared_port, 1);
    port->ingress = ingress;
    port->ice_service = params->ice_service;
    hp_rtc_set_ingress(params->rtc, ingress);
    struct hp_service service = hp_ice_service_open(
            params->ice_service, ingress, params->workers[0], params->room,
            (uint16_t) hp_http_port(params->http));
    port->outside = hp_outside_create(params->main, ingress, params->reach, &service);
    if (params->config->webrtc.tcp) {
        const struct hp_guests_params guests = {
            .home = params->main,
            .http = params->http,
            .ingress = ingress,
            .workers = params->workers,
            .worker_count = params->worker_count,
            .port = hp_sharing_guest_port(params->config),
            .service = service,
        };
        port->guests = hp_guests_create(&guests);
    }
    port->metrics = open_metrics(port, params);
    return port;
}

void
hp_shared_port_detach(struct hp_shared_port *port)
{
    if (port != NULL) {
        hp_metrics_detach(port->metrics);
        hp_guests_detach(port->guests);
        hp_outside_detach(port->outside);
    }
}

void
hp_shared_port_destroy(struct hp_shared_port *port)
{
    if (port == NULL) {
        return;
    }
    hp_metrics_destroy(port->metrics);
    hp_ingress_destroy(port->ingress);
    hp_guests_destroy(port->guests);
    hp_outside_destroy(port->outside);
    g_free(port);
}

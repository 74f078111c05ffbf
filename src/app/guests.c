// guests.c - connections of the page's port that carry media, STUN or TURN in place of HTTP.
// Owner: app.  Thread: main.
#include "app/guests.h"

#include <glib.h>

#define LOG_TAG "app"
#include "base/log.h"
#include "edge/http.h"
#include "nat/ingress.h"
#include "nat/tcp_places.h"
#include "tcp/tcp.h"

struct hp_guests {
    struct hp_http *http; // NULL: has ended
    struct hp_tcp *tcp;
};

static void
on_guest(void *arg, const struct hp_http_guest *guest)
{
    struct hp_guests *guests = arg;
    hp_tcp_take(guests->tcp, guest->stream, guest->data, guest->size, guest->number);
}

static void
on_evict(void *arg, uint64_t number)
{
    struct hp_guests *guests = arg;
    hp_tcp_cut(guests->tcp, number);
}

static void
on_sign(void *arg, uint64_t number)
{
    struct hp_guests *guests = arg;
    if (guests->http != NULL) {
        hp_http_prefer_guest(guests->http, number);
    }
}

static void
on_proof(void *arg, uint64_t number)
{
    struct hp_guests *guests = arg;
    if (guests->http != NULL) {
        hp_http_prove_guest(guests->http, number);
    }
}

static void
on_end(void *arg, uint64_t number)
{
    struct hp_guests *guests = arg;
    if (guests->http != NULL) {
        hp_http_end_guest(guests->http, number);
    }
}

static void
offer_places(const struct hp_http *http, struct hp_ingress *ingress, uint16_t port)
{
    struct sockaddr_storage all[HP_TCP_PLACES_MAX];
    struct hp_tcp_places places = { 0 };
    unsigned count = hp_http_guest_places(http, all, HP_TCP_PLACES_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct hp_addr addr;
        if (hp_addr_from_sockaddr(&addr, &all[i]) && (port == 0 || addr.port == port)) {
            hp_tcp_places_add(&places, &all[i]);
        }
    }
    hp_ingress_set_tcp_places(ingress, &places);
}

struct hp_guests *
hp_guests_create(const struct hp_guests_params *params)
{
    struct hp_guests *guests = g_new0(struct hp_guests, 1);
    const struct hp_tcp_params tcp = {
        .ingress = params->ingress,
        .workers = params->workers,
        .worker_count = params->worker_count,
        .home = params->home,
        .service = params->service,
        .on_sign = on_sign,
        .on_proof = on_proof,
        .on_end = on_end,
        .arg = guests,
    };
    guests->http = params->http;
    guests->tcp = hp_tcp_create(&tcp);
    const struct hp_http_guest_cbs cbs = { .on_guest = on_guest, .on_evict = on_evict };
    hp_http_set_guests(params->http, &cbs, guests);
    offer_places(params->http, params->ingress, params->port);
    return guests;
}

void
hp_guests_count(const struct hp_guests *guests, unsigned worker, struct hp_tcp_counters *sums)
{
    hp_tcp_count(guests->tcp, worker, sums);
}

void
hp_guests_detach(struct hp_guests *guests)
{
    if (guests != NULL) {
        guests->http = NULL;
    }
}

void
hp_guests_destroy(struct hp_guests *guests)
{
    if (guests == NULL) {
        return;
    }
    struct hp_tcp_counters counters = hp_tcp_get_counters(guests->tcp);
    log_info("media by TCP: %" G_GUINT64_FORMAT " connections, %" G_GUINT64_FORMAT
             " of STUN and TURN clients, %" G_GUINT64_FORMAT " refused, %" G_GUINT64_FORMAT
             " timed out, %" G_GUINT64_FORMAT " datagrams lost by slow TURN clients",
            counters.links, counters.clients,
            counters.refused + counters.broken + counters.crowded, counters.timeouts,
            counters.lost);
    hp_tcp_destroy(guests->tcp);
    g_free(guests);
}

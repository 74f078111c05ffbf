// guests.c - connections of the page's port that carry media in place of HTTP.
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
hp_guests_create(struct hp_worker *home, struct hp_http *http, struct hp_ingress *ingress,
        struct hp_worker *const *workers, unsigned worker_count, uint16_t port)
{
    struct hp_guests *guests = g_new0(struct hp_guests, 1);
    const struct hp_tcp_params params = {
        .ingress = ingress,
        .workers = workers,
        .worker_count = worker_count,
        .home = home,
        .on_proof = on_proof,
        .on_end = on_end,
        .arg = guests,
    };
    guests->http = http;
    guests->tcp = hp_tcp_create(&params);
    const struct hp_http_guest_cbs cbs = { .on_guest = on_guest, .on_evict = on_evict };
    hp_http_set_guests(http, &cbs, guests);
    offer_places(http, ingress, port);
    return guests;
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
             " more refused, %" G_GUINT64_FORMAT " timed out",
            counters.links, counters.refused, counters.timeouts);
    hp_tcp_destroy(guests->tcp);
    g_free(guests);
}

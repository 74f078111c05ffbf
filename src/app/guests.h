// guests.h - connections of the page's port that carry media, STUN or TURN in place of HTTP: brings
// them from the HTTP server to the peers and the service, and their places back. Main thread.
#pragma once

#include <stdint.h>

#include "nat/service.h"

struct hp_guests;
struct hp_http;
struct hp_ingress;
struct hp_tcp_counters;
struct hp_worker;

struct hp_guests_params {
    struct hp_worker *home;
    struct hp_http *http;
    struct hp_ingress *ingress;
    struct hp_worker *const *workers; // in the order of the ingress; copied
    unsigned worker_count;
    uint16_t port; // of the addresses that browsers are offered; 0: any
    struct hp_service service; // of STUN and TURN clients; zeroed: they are refused
};

// From now on guests are let in, and browsers are offered the addresses where they are. Never NULL.
// Owner: app.
struct hp_guests *hp_guests_create(const struct hp_guests_params *params);
// Adds what has been counted on that worker, on its thread.
void hp_guests_count(const struct hp_guests *guests, unsigned worker, struct hp_tcp_counters *sums);

void hp_guests_detach(struct hp_guests *guests); // before http is destroyed; NULL is fine
void hp_guests_destroy(struct hp_guests *guests); // after all workers have ended; NULL is fine

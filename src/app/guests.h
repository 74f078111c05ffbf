// guests.h - connections of the page's port that carry media in place of HTTP: brings them from the
// HTTP server to the peers, and their places back. Main thread.
#pragma once

#include <stdint.h>

struct hp_guests;
struct hp_http;
struct hp_ingress;
struct hp_worker;

// From now on guests are let in, and browsers are offered the addresses where they are: those with
// that port (0: any). The workers, in the order of the ingress, are copied. Never NULL. Owner: app.
struct hp_guests *hp_guests_create(struct hp_worker *home, struct hp_http *http,
        struct hp_ingress *ingress, struct hp_worker *const *workers, unsigned worker_count,
        uint16_t port);
void hp_guests_detach(struct hp_guests *guests); // before http is destroyed; NULL is fine
void hp_guests_destroy(struct hp_guests *guests); // after all workers have ended; NULL is fine

// annex.h - a second UDP port beside the shared one, for the STUN service alone: no media comes
// there and no candidate names it. It is what STUN clients are sent to that must not ask the port
// of the media, and the other port of RFC 5780.
#pragma once

#include <stdint.h>

struct hp_annex;
struct hp_carrier;
struct hp_service;
struct hp_worker;

// Opens the port (0: any free one) on all addresses. `worker` reads it and answers. NULL: it cannot
// be had, which has been logged. Owner: app. Home thread.
struct hp_annex *hp_annex_create(struct hp_worker *worker, uint16_t port);

// After the worker has ended. NULL is fine.
void hp_annex_destroy(struct hp_annex *annex);

// Any thread.
uint16_t hp_annex_port(const struct hp_annex *annex);
struct hp_carrier *hp_annex_carrier(struct hp_annex *annex); // of its flows; the worker sends by it

// Who answers: STUN messages only go there. `service` is copied, and is asked from the next turn of
// the worker on; what it points to lives until the worker has ended. Any thread.
void hp_annex_set_service(struct hp_annex *annex, const struct hp_service *service);

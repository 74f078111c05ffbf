// reservations.c - ports of relayed addresses that are kept for an allocation to come.
// Owner: hp_allocations.  Thread: worker 0.
#include "relay/reservations.h"

#include <stddef.h>

#include "base/ident.h"

enum { SECOND_US = 1000000 };

static struct hp_reservation *
find_place(struct hp_reservations *reservations, int64_t now_us)
{
    for (unsigned i = 0; i < reservations->count; i++) {
        if (reservations->items[i].expires_us <= now_us) {
            return &reservations->items[i];
        }
    }
    return reservations->count == HP_RESERVATIONS_MAX ? NULL
                                                      : &reservations->items[reservations->count++];
}

uint64_t
hp_reservations_add(struct hp_reservations *reservations, uint16_t port, int64_t now_us)
{
    struct hp_reservation *place = find_place(reservations, now_us);
    if (place == NULL) {
        return 0;
    }
    hp_ident_random(&place->token, sizeof(place->token));
    place->token |= 1; // never 0
    place->port = port;
    place->expires_us = now_us + (int64_t) HP_RESERVATION_S * SECOND_US;
    return place->token;
}

uint16_t
hp_reservations_take(struct hp_reservations *reservations, uint64_t token, int64_t now_us)
{
    for (unsigned i = 0; i < reservations->count; i++) {
        struct hp_reservation *item = &reservations->items[i];
        if (item->expires_us > now_us && item->token == token) {
            item->expires_us = now_us;
            return item->port;
        }
    }
    return 0;
}

bool
hp_reservations_has(const struct hp_reservations *reservations, uint16_t port, int64_t now_us)
{
    for (unsigned i = 0; i < reservations->count; i++) {
        const struct hp_reservation *item = &reservations->items[i];
        if (item->expires_us > now_us && item->port == port) {
            return true;
        }
    }
    return false;
}

// tcp_places.h - where browsers reach us by TCP: the addresses at which we listen for media. A
// value; pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nat/addr.h"

enum { HP_TCP_PLACES_MAX = 32 }; // each may stand for both families

// Zeroed: we listen nowhere.
struct hp_tcp_places {
    struct hp_addr list[HP_TCP_PLACES_MAX];
    unsigned count;
};

// Adds an address of a listening socket; 0.0.0.0 and :: stand for all addresses of their family.
// More than HP_TCP_PLACES_MAX are left out.
void hp_tcp_places_add(struct hp_tcp_places *places, const struct sockaddr_storage *address);

// The port at which a connection to that address of ours is accepted; 0: none.
uint16_t hp_tcp_places_find(const struct hp_tcp_places *places, const struct hp_addr *local);

// The port that a router in front of us may forward; 0: we listen on loopback only, where none
// reaches.
uint16_t hp_tcp_places_outside(const struct hp_tcp_places *places);

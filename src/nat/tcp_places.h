// tcp_places.h - where browsers reach us by TCP: the addresses at which we listen for media. A
// value; pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nat/addr.h"

enum {
    HP_TCP_PLACES_MAX = 32, // each may stand for both families
    HP_TCP_PORTS_MAX = 3, // of one address that a browser is offered
};

// Zeroed: we listen nowhere.
struct hp_tcp_places {
    struct hp_addr list[HP_TCP_PLACES_MAX];
    unsigned count;
};

// Ports of one address, each once; 0 after the last one. A value.
struct hp_tcp_ports {
    uint16_t list[HP_TCP_PORTS_MAX];
};

// A port that is there, or finds no room, is left out.
void hp_tcp_ports_add(struct hp_tcp_ports *ports, uint16_t port);
bool hp_tcp_ports_has(const struct hp_tcp_ports *ports, uint16_t port);

// Adds an address of a listening socket; 0.0.0.0 and :: stand for all addresses of their family.
// More than HP_TCP_PLACES_MAX are left out.
void hp_tcp_places_add(struct hp_tcp_places *places, const struct sockaddr_storage *address);

// The ports at which connections to that address of ours are accepted.
struct hp_tcp_ports hp_tcp_places_find(
        const struct hp_tcp_places *places, const struct hp_addr *local);

// The ports that a router in front of us may forward: none reaches loopback.
struct hp_tcp_ports hp_tcp_places_outside(const struct hp_tcp_places *places);

// tcp_places.c - where browsers reach us by TCP.
// Owner: nobody.  Thread: any.
#include "nat/tcp_places.h"

#include <string.h>

enum { MAPPED_PREFIX = 12 }; // bytes before the IPv4 address in a mapped one

static bool
is_all(const struct hp_addr *addr)
{
    static const uint8_t zeroes[sizeof(addr->ip)];
    unsigned start = hp_addr_is_ipv4(addr) ? MAPPED_PREFIX : 0;
    return memcmp(addr->ip + start, zeroes, sizeof(addr->ip) - start) == 0;
}

static bool
is_loopback(const struct hp_addr *addr)
{
    static const uint8_t ipv6[sizeof(addr->ip)] = { [15] = 1 };
    return hp_addr_is_ipv4(addr) ? addr->ip[MAPPED_PREFIX] == 127
                                 : memcmp(addr->ip, ipv6, sizeof(ipv6)) == 0;
}

void
hp_tcp_places_add(struct hp_tcp_places *places, const struct sockaddr_storage *address)
{
    struct hp_addr addr;
    if (places->count < HP_TCP_PLACES_MAX && hp_addr_from_sockaddr(&addr, address)) {
        places->list[places->count++] = addr;
    }
}

bool
hp_tcp_ports_has(const struct hp_tcp_ports *ports, uint16_t port)
{
    for (unsigned i = 0; i < HP_TCP_PORTS_MAX; i++) {
        if (ports->list[i] == port) {
            return true;
        }
    }
    return false;
}

void
hp_tcp_ports_add(struct hp_tcp_ports *ports, uint16_t port)
{
    for (unsigned i = 0; i < HP_TCP_PORTS_MAX && ports->list[i] != port; i++) {
        if (ports->list[i] == 0) {
            ports->list[i] = port;
            return;
        }
    }
}

struct hp_tcp_ports
hp_tcp_places_find(const struct hp_tcp_places *places, const struct hp_addr *local)
{
    struct hp_tcp_ports ports = { 0 };
    for (unsigned i = 0; i < places->count; i++) {
        const struct hp_addr *place = &places->list[i];
        bool is_family = hp_addr_is_ipv4(place) == hp_addr_is_ipv4(local);
        if (hp_addr_equal_ip(place, local) || (is_family && is_all(place))) {
            hp_tcp_ports_add(&ports, place->port);
        }
    }
    return ports;
}

struct hp_tcp_ports
hp_tcp_places_outside(const struct hp_tcp_places *places)
{
    struct hp_tcp_ports ports = { 0 };
    for (unsigned i = 0; i < places->count; i++) {
        if (!is_loopback(&places->list[i])) {
            hp_tcp_ports_add(&ports, places->list[i].port);
        }
    }
    return ports;
}

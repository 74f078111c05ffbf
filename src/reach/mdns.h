// mdns.h - finds the address behind a name that a browser has made for itself ("<uuid>.local"), by
// multicast DNS (RFC 6762). So the server can send the first check to a browser in its network,
// which browsers never keep from coming (nor ask anybody about). Home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_mdns;
struct hp_mdns_search;
struct hp_own;
struct hp_own_address;
struct hp_worker;

// How queries leave; a fake in the tests.
struct hp_mdns_link {
    // Sends a query by the interface of that address, to the group of its family, from port 5353.
    void (*send)(void *arg, const struct hp_own_address *via, const uint8_t *data, size_t size);
    void *arg;
};

struct hp_mdns_stats {
    unsigned queries; // sent
    unsigned refused; // searches beyond the limits
};

// `link`: copied. Never NULL. Owner: hp_reach.
struct hp_mdns *hp_mdns_create(struct hp_worker *home, const struct hp_mdns_link *link);
void hp_mdns_destroy(struct hp_mdns *mdns); // no callback follows; NULL is fine

// Asks all networks of `own` (those of containers and without multicast excepted) for the address
// of that name. on_found comes once, never before this returns: with the address, or NULL when
// nobody has answered within a second; the search is over then. NULL: the name is not in the form
// that browsers make, or `asker` (a session) or all together ask for too many: 6 names at once, and
// one in 10 s from then on.
struct hp_mdns_search *hp_mdns_find(struct hp_mdns *mdns, const struct hp_own *own,
        const char *asker, const char *name, void (*on_found)(void *arg, const char *address),
        void *arg);
void hp_mdns_cancel(struct hp_mdns_search *search); // before on_found

// A message has come to port 5353, from that address. It counts only if a neighbour sent it, and
// tells an address in a network of ours.
void hp_mdns_recv(struct hp_mdns *mdns, const struct hp_own *own, const char *from,
        const uint8_t *data, size_t size);

void hp_mdns_get_stats(const struct hp_mdns *mdns, struct hp_mdns_stats *stats);

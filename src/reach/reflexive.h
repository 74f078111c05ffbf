// reflexive.h - our own public addresses, as STUN servers of several operators see them: asks one
// after the other until one answers, a second one for whether the port is the same for everybody,
// and goes on asking, so that the router keeps the mapping: more often where it has been forgotten.
// RFC 8489, RFC 8445 section 5.1.1.2.
// Home thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/address.h"

struct hp_reflexive;
struct hp_resolver;
struct hp_worker;
struct sockaddr_storage;

struct hp_reflexive_link {
    void (*send)(void *arg, const struct sockaddr_storage *to, const uint8_t *data, size_t size);
    void *arg;
    // The socket is the one that peers use: its port outside counts, and is kept. Otherwise only
    // the address is asked for.
    bool is_of_peers;
};

struct hp_reflexive_params {
    struct hp_worker *home;
    struct hp_resolver *resolver; // outlives it
    char *const *servers;         // "host:port", NULL-terminated; copied
    const struct hp_reflexive_link *link; // copied
    void (*on_change)(void *arg); // an address has become known, has changed or is gone
    void *arg;
};

// Asks nobody yet. Never NULL. Owner: hp_reach.
struct hp_reflexive *hp_reflexive_create(const struct hp_reflexive_params *params);
void hp_reflexive_destroy(struct hp_reflexive *reflexive); // NULL is fine

// Begins anew for that family: the network has changed. false: forgets, and asks nobody.
void hp_reflexive_ask(struct hp_reflexive *reflexive, bool is_ipv6, bool is_wanted);

// A datagram has come to the socket. True: it was an answer to us, from whom we had asked.
bool hp_reflexive_recv(struct hp_reflexive *reflexive, const struct sockaddr_storage *from,
        const uint8_t *data, size_t size);

// The address of that family that is known. `port`: 0 if it is not ours, or differs from server to
// server. False: none is known.
bool hp_reflexive_get(const struct hp_reflexive *reflexive, bool is_ipv6,
        char address[HP_ADDRESS_TEXT_SIZE], uint16_t *port);

// Is the text a server, "host:port"?
bool hp_reflexive_is_server(const char *text);

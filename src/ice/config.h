// config.h - the settings of an agent, with all names resolved: a value that a peer takes along to
// its worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ice/server.h"
#include "wire/address.h"

enum { HP_ICE_SERVERS_MAX = 8, HP_ICE_PUBLIC_MAX = 8 };

struct hp_ice_budget;
struct hp_strangers;

struct hp_ice_endpoint {
    enum hp_ice_server_kind kind;
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    char *username;
    char *credential;
};

struct hp_ice_config {
    uint16_t port_min, port_max; // 0, 0: any
    bool with_loopback; // only for a browser on this host, since to others it never answers
    bool is_far; // the browser is in no network of ours
    char outside[HP_ADDRESS_TEXT_SIZE]; // where its signaling comes from; "": that tells nothing
    char **interfaces; // NULL: all but loopback
    unsigned server_count;
    struct hp_ice_endpoint servers[HP_ICE_SERVERS_MAX];
    unsigned public_count; // addresses of a router that forwards our ports
    char public_addresses[HP_ICE_PUBLIC_MAX][HP_ADDRESS_TEXT_SIZE];
    uint16_t public_udp_ports[HP_ICE_PUBLIC_MAX]; // of the shared port, outside; 0: as here
    uint16_t public_tcp_ports[HP_ICE_PUBLIC_MAX]; // where the page is reached; 0: by our own port
    // What checks to silent addresses are counted by; both are kept, and NULL is fine.
    struct hp_ice_budget *budget; // of the session
    struct hp_strangers *strangers; // of the server
};

typedef void (*hp_ice_public_fn)(void *arg, unsigned index, bool is_gone);

// Takes over the public addresses of `next`. What stays keeps its index, and what goes leaves a gap
// (""), since an index is part of what a browser has been told. `tell` is called while the address
// stands at its index.
void hp_ice_config_move(struct hp_ice_config *config, const struct hp_ice_config *next,
        hp_ice_public_fn tell, void *arg);

// Frees a config made by g_new0() and all its members; NULL is fine. Any thread.
void hp_ice_config_destroy(struct hp_ice_config *config);

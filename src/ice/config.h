// config.h - the settings of an agent, with all names resolved: a value that a peer takes along to
// its worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ice/resolver.h"
#include "ice/server.h"

enum { HP_ICE_SERVERS_MAX = 8, HP_ICE_PUBLIC_MAX = 8 };

struct hp_ice_endpoint {
    enum hp_ice_server_kind kind;
    char address[HP_ADDRESS_TEXT_SIZE];
    uint16_t port;
    char *username;
    char *credential;
};

struct hp_ice_config {
    uint16_t port_min, port_max; // 0, 0: any
    bool with_loopback;
    bool is_far; // the browser is in no network of ours: hp_ice_config_set_viewer()
    char **interfaces; // NULL: all but loopback
    unsigned server_count;
    struct hp_ice_endpoint servers[HP_ICE_SERVERS_MAX];
    unsigned public_count; // addresses of a router that forwards our ports
    char public_addresses[HP_ICE_PUBLIC_MAX][HP_ADDRESS_TEXT_SIZE];
};

// Fits a config to the browser that it is for. `address` is the one that its signaling comes from,
// without port; NULL: unknown, and nothing changes. Only a browser on this host gets loopback
// candidates: to others they are one more address that never answers, and theirs would aim our
// checks at services of this host. A browser is far unless its address is of this host, private, or
// one of the public addresses, which is what our own router makes of the LAN.
void hp_ice_config_set_viewer(struct hp_ice_config *config, const char *address);

// Frees a config made by g_new0() and all its members; NULL is fine. Any thread.
void hp_ice_config_destroy(struct hp_ice_config *config);

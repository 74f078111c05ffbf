// server.h - a STUN or TURN server as the configuration names it. A value; the texts are owned.
#pragma once

#include <stdint.h>

enum hp_ice_server_kind {
    HP_ICE_STUN,
    HP_ICE_TURN_UDP,
    HP_ICE_TURN_TCP
};

struct hp_ice_server {
    enum hp_ice_server_kind kind;
    char *host; // a name or an address
    uint16_t port;
    char *username;
    char *credential;
};

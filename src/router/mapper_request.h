// mapper_request.h - what a router is asked for, and what it grants. Values.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "router/pcp.h"
#include "wire/address.h"

enum hp_mapper_protocol {
    HP_MAPPER_NONE,
    HP_MAPPER_PCP,
    HP_MAPPER_NATPMP,
    HP_MAPPER_UPNP,
};

struct hp_mapper_request {
    char gateway[HP_ADDRESS_TEXT_SIZE]; // of our default route: nobody else is asked
    char own[HP_ADDRESS_TEXT_SIZE];     // our address in its network, of the same family
    unsigned interface;                 // of that network, for a gateway that is link-local
    uint16_t port;                      // of our UDP socket
    uint32_t lifetime_s;                // 0: takes the mapping back
    uint8_t nonce[HP_PCP_NONCE_SIZE];
    // The protocol that has served before, and the port outside that it gave; NONE: all in turn,
    // and our own port is wished for.
    enum hp_mapper_protocol protocol;
    uint16_t external_port;
    const atomic_bool *is_over; // the server ends: no further try, and no other protocol
};

struct hp_mapper_result {
    enum hp_mapper_protocol protocol; // that has granted it; NONE: nobody did
    char external_address[HP_ADDRESS_TEXT_SIZE];
    uint16_t external_port;
    uint32_t lifetime_s; // 0: for ever
};

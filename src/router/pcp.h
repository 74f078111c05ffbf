// pcp.h - writes and reads the one message of the Port Control Protocol that a mapping needs: MAP.
// Pure. RFC 6887 sections 7 (head), 11.1 (MAP).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/address.h"

enum {
    HP_PCP_SIZE = 60, // bytes of a request, and of an answer without options
    HP_PCP_MAX = 1100, // bytes of an answer (RFC 6887 section 7)
    HP_PCP_NONCE_SIZE = 12,
    HP_PCP_PORT = 5351,
    // RFC 6887 section 7.4
    HP_PCP_SUCCESS = 0,
    HP_PCP_UNSUPPORTED_VERSION = 1,
};

struct hp_pcp_request {
    // Our address in that network. IPv4, as ::ffff:a.b.c.d: the port is mapped to an address of the
    // router's. IPv6: the router lets through what comes for the port (section 16.2, a pinhole).
    uint8_t client[16];
    uint16_t port;           // of our UDP socket
    uint16_t suggested_port; // outside; 0: any
    uint32_t lifetime_s;     // 0: takes the mapping back
    uint8_t nonce[HP_PCP_NONCE_SIZE]; // the same for the whole life of a mapping
};

struct hp_pcp_answer {
    unsigned result; // HP_PCP_SUCCESS, or why not; then all else is 0
    uint32_t lifetime_s;
    uint16_t external_port;
    char external_address[HP_ADDRESS_TEXT_SIZE];
};

void hp_pcp_write(const struct hp_pcp_request *request, uint8_t message[HP_PCP_SIZE]);

// False: that is no answer to the request.
bool hp_pcp_parse(const struct hp_pcp_request *request, const uint8_t *data, size_t size,
        struct hp_pcp_answer *answer);

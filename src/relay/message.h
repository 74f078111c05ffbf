// message.h - reads STUN and TURN messages into a bounded struct. Pure.
// RFC 8489 section 5 (STUN), RFC 8656 (TURN), RFC 5780 (CHANGE-REQUEST), RFC 3489 (no cookie).
//
//   0                   1                   2                   3
//  |0 0|  class and method (14)      |    length of the attributes   |
//  |                   magic cookie (RFC 3489: transaction id)       |
//  |                   transaction id (12 bytes)                     |
//  | attributes, each a type (16), a length (16), a value, padded to 4 bytes
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stun/stunagent.h>

#include "nat/addr.h"

enum {
    HP_MESSAGE_HEADER_SIZE = 20,
    HP_MESSAGE_PEERS_MAX = 8, // XOR-PEER-ADDRESS of one request
    HP_MESSAGE_UNKNOWN_MAX = 4, // attributes that an error names
    HP_MESSAGE_TEXT_MAX = 128, // bytes of USERNAME, REALM and NONCE each
    HP_MESSAGE_RESPONSE_ORIGIN = 0x802b, // RFC 5780 section 7.3
    HP_MESSAGE_OTHER_ADDRESS = 0x802c, // RFC 5780 section 7.4
    HP_MESSAGE_FAMILY_IPV4 = 1,
    HP_MESSAGE_FAMILY_IPV6 = 2,
};

// A value inside the datagram; data NULL: the message has no such attribute.
struct hp_message_value {
    const uint8_t *data;
    uint16_t size;
};

// Of attributes that may come once the first one counts (RFC 8489 section 14); what stands behind
// MESSAGE-INTEGRITY is not covered by it and does not count (section 14.5).
struct hp_message {
    const uint8_t *data; // the datagram, borrowed
    size_t size;
    StunClass kind;
    StunMethod method;
    bool is_classic; // of RFC 3489: without the magic cookie
    bool is_malformed; // an attribute that we read has an impossible size or value
    struct hp_message_value username, realm, nonce, integrity, payload;
    bool has_fingerprint;
    bool has_lifetime;
    uint32_t lifetime_s;
    uint8_t transport; // REQUESTED-TRANSPORT, a protocol number; 0: none
    uint8_t family; // REQUESTED-ADDRESS-FAMILY, HP_MESSAGE_FAMILY_*; 0: none
    bool wants_even; // EVEN-PORT
    bool wants_next; // EVEN-PORT with its R bit: and the next port, too
    uint64_t token; // RESERVATION-TOKEN; 0: none
    uint16_t channel; // CHANNEL-NUMBER; 0: none
    uint32_t change; // CHANGE-REQUEST, 0x4: address, 0x2: port
    bool has_change;
    unsigned peer_count;
    struct hp_addr peers[HP_MESSAGE_PEERS_MAX];
    unsigned unknown_count; // comprehension-required attributes that we do not know
    uint16_t unknown[HP_MESSAGE_UNKNOWN_MAX];
};

// False: the datagram is no STUN message. At least 64 readable bytes follow the data, since libnice
// verifies the message later. Any thread.
bool hp_message_parse(struct hp_message *message, const uint8_t *data, size_t size);

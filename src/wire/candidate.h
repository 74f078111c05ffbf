// candidate.h - parses and writes ICE candidates. Pure. wire/address.h classifies their addresses.
// RFC 8839 section 5.1, RFC 6544 (tcptype), RFC 8828 (mDNS names); ufrag, generation and network-*
// are Chromium's additions.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ice.h"

enum hp_candidate_type {
    HP_CANDIDATE_HOST,
    HP_CANDIDATE_SRFLX,
    HP_CANDIDATE_PRFLX,
    HP_CANDIDATE_RELAY,
};

enum hp_candidate_transport {
    HP_CANDIDATE_UDP,
    HP_CANDIDATE_TCP
};

enum hp_candidate_tcp_type {
    HP_CANDIDATE_TCP_NONE,
    HP_CANDIDATE_TCP_ACTIVE,
    HP_CANDIDATE_TCP_PASSIVE,
    HP_CANDIDATE_TCP_SO,
};

enum {
    HP_CANDIDATE_FOUNDATION_MAX = 32,
    HP_CANDIDATE_ADDRESS_MAX = 255,
    HP_CANDIDATE_TEXT_MAX = 1024, // bytes of a line, with a NUL
};

struct hp_candidate {
    char foundation[HP_CANDIDATE_FOUNDATION_MAX + 1];
    unsigned component; // 1..256
    enum hp_candidate_transport transport;
    uint32_t priority;
    char address[HP_CANDIDATE_ADDRESS_MAX + 1]; // IPv4, IPv6 or a name
    uint16_t port;
    enum hp_candidate_type type;
    char related_address[HP_CANDIDATE_ADDRESS_MAX + 1]; // "": none
    uint16_t related_port;
    enum hp_candidate_tcp_type tcp_type;
    bool has_generation;
    uint32_t generation;
    char ufrag[HP_ICE_TEXT_MAX + 1]; // "": none
    uint32_t network_id; // 0: none
    uint32_t network_cost; // 0: none
};

// Parses "candidate:...", with or without "a=" before it and a line end after it. Skips unknown
// attributes. Returns the bytes consumed; -1: malformed, or an unknown transport or type.
ssize_t hp_candidate_parse(const char *text, size_t size, struct hp_candidate *candidate);

// Writes "candidate:..." and a NUL, without "a=". Returns the bytes without the NUL; -1: `size` is
// too small.
ssize_t hp_candidate_write(const struct hp_candidate *candidate, char *text, size_t size);

const char *hp_candidate_type_name(enum hp_candidate_type type); // "host", "srflx", ...

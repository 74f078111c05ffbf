// reservations.h - ports of relayed addresses that are kept for an allocation to come: a client has
// asked for an even port and the next one (RFC 8656 section 7.2), as those do that have one port
// for RTP and one for RTCP. Embedded, on worker 0.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    HP_RESERVATIONS_MAX = 64,
    HP_RESERVATION_S = 30, // RFC 8656 section 7.2
};

struct hp_reservation {
    uint64_t token; // random: whoever has it may have the port
    int64_t expires_us;
    uint16_t port;
};

struct hp_reservations {
    struct hp_reservation items[HP_RESERVATIONS_MAX];
    unsigned count;
};

// Keeps the port, and returns the token for it; 0: there is no room.
uint64_t hp_reservations_add(struct hp_reservations *reservations, uint16_t port, int64_t now_us);

// Takes the port of that token; 0: there is none, or it has expired.
uint16_t hp_reservations_take(struct hp_reservations *reservations, uint64_t token, int64_t now_us);

bool hp_reservations_has(
        const struct hp_reservations *reservations, uint16_t port, int64_t now_us);

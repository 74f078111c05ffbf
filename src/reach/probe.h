// probe.h - asks a STUN server which address of ours it sees: one request at a time, and the answer
// to it. RFC 8489 sections 6 (Binding), 14.2 (XOR-MAPPED-ADDRESS).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stun/stunagent.h>

#include "wire/address.h"

enum {
    HP_PROBE_SIZE = 64,  // room for a request
    HP_PROBE_MAX = 1500, // bytes of an answer
};

// Part of another object, on its thread.
struct hp_probe {
    StunAgent agent;
    StunTransactionId id; // of the request that is open
    bool is_open;
};

void hp_probe_init(struct hp_probe *probe);

// Writes a request and returns its size. The one before is given up.
size_t hp_probe_begin(struct hp_probe *probe, uint8_t request[HP_PROBE_SIZE]);
void hp_probe_give_up(struct hp_probe *probe);

// Is the datagram an answer to the open request (by its transaction id)? Then it is taken, and the
// request is closed. `address` is "" if the answer tells none.
bool hp_probe_take(struct hp_probe *probe, const uint8_t *data, size_t size,
        char address[HP_ADDRESS_TEXT_SIZE], uint16_t *port);

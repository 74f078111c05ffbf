// allocation.h - what TURN keeps of one client: its relayed address, which addresses may send to
// it, and its channels (RFC 8656 section 5). It is a record, not a socket: nothing listens on the
// relayed address, and no packet on any network carries it. Part of hp_allocations; on worker 0.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "nat/flow.h"
#include "relay/credentials.h"

enum {
    HP_ALLOCATION_PERMISSIONS_MAX = 16, // addresses; all are ours
    HP_ALLOCATION_CHANNELS_MAX = 16,
    HP_ALLOCATION_ID_SIZE = 12, // bytes of a STUN transaction id
    HP_ALLOCATION_LIFETIME_S = 600, // RFC 8656 section 3.2: if the client asks for less, too
    HP_ALLOCATION_LIFETIME_MAX_S = 3600,
    HP_ALLOCATION_PERMISSION_S = 300, // RFC 8656 section 9
    HP_ALLOCATION_CHANNEL_S = 600, // RFC 8656 section 12
    HP_ALLOCATION_FIRST_CHANNEL = 0x4000,
    HP_ALLOCATION_LAST_CHANNEL = 0x7fff, // RFC 5766; RFC 8656 ends at 0x4fff
};

struct hp_permission {
    struct hp_addr peer; // of any port
    int64_t expires_us;
};

struct hp_channel {
    struct hp_addr peer;
    int64_t expires_us;
    uint16_t number;
};

struct hp_allocation {
    struct hp_flow client; // client.local, client.remote: the key
    struct hp_addr relayed;
    char name[HP_CREDENTIALS_NAME_SIZE]; // of the credentials
    uint8_t transaction[HP_ALLOCATION_ID_SIZE]; // of the Allocate request
    uint32_t lifetime_s; // as answered
    uint64_t token; // as answered, of the next port; 0: none
    int64_t expires_us;
    struct hp_bucket requests; // how many requests a second are verified
    struct hp_bucket bytes; // from the client
    unsigned permission_count, channel_count;
    struct hp_permission permissions[HP_ALLOCATION_PERMISSIONS_MAX];
    struct hp_channel channels[HP_ALLOCATION_CHANNELS_MAX];
};

// Sets how long the allocation lives from now on: what the client asked for, within the limits.
void hp_allocation_refresh(struct hp_allocation *allocation, uint32_t asked_s, int64_t now_us);

// Lets that address send to the client. False: there is no room.
bool hp_allocation_permit(
        struct hp_allocation *allocation, const struct hp_addr *peer, int64_t now_us);
bool hp_allocation_permits(
        const struct hp_allocation *allocation, const struct hp_addr *peer, int64_t now_us);

enum hp_channel_result {
    HP_CHANNEL_BOUND,
    HP_CHANNEL_CONFLICT, // the number or the peer is bound otherwise: 400
    HP_CHANNEL_FULL, // 508
};

// Binds the number to the peer, or renews that; permits the peer, too (RFC 8656 section 12.2).
enum hp_channel_result hp_allocation_bind(struct hp_allocation *allocation, uint16_t number,
        const struct hp_addr *peer, int64_t now_us);

// NULL: no such channel. Borrowed until the next call.
const struct hp_channel *hp_allocation_find_number(
        const struct hp_allocation *allocation, uint16_t number, int64_t now_us);
const struct hp_channel *hp_allocation_find_peer(
        const struct hp_allocation *allocation, const struct hp_addr *peer, int64_t now_us);

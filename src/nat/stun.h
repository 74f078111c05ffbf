// stun.h - connectivity checks: reads what has not been authenticated, builds checks, answers them
// and verifies answers, all by libnice's STUN library. Pure. RFC 8489 (STUN), RFC 8445 section 7.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/addr.h"

enum {
    HP_STUN_ID_SIZE = 12,
    HP_STUN_MESSAGE_MAX = 576, // bytes of a message of ours
    HP_STUN_UFRAG_MAX = 256, // RFC 8839 section 5.4
};

enum hp_stun_kind {
    HP_STUN_CHECK, // a Binding request for a ufrag
    HP_STUN_ANSWER, // a Binding response, success or error
    HP_STUN_INDICATION, // a Binding indication: keeps a mapping alive
    HP_STUN_OTHER, // another method, or a Binding request that names no ufrag
};

// What a message says before anybody has verified it. Points into the message.
struct hp_stun_peek {
    enum hp_stun_kind kind;
    const uint8_t *id; // HP_STUN_ID_SIZE bytes
    const char *ufrag; // a check: the one that it is for, not terminated
    size_t ufrag_size;
    const char *remote_ufrag; // a check: the one of its sender
    size_t remote_ufrag_size;
};

// False: the bytes are no STUN message, with cookie and a length that fits.
bool hp_stun_peek(const uint8_t *data, size_t size, struct hp_stun_peek *peek);

// A transaction id of ours names the peer that it is of, so that the answer finds it.
void hp_stun_make_id(uint8_t *id, uint32_t handle);
uint32_t hp_stun_id_handle(const uint8_t *id);

struct hp_stun_check {
    const uint8_t *id;
    const char *ufrag, *remote_ufrag; // of ours, of the browser
    const char *remote_password;
    uint32_t priority; // of the peer-reflexive candidate that it may discover
    uint64_t tie;
    bool is_controlling;
    bool nominates;
};

// Writes a check into HP_STUN_MESSAGE_MAX bytes. Returns its size; 0: the texts are too long.
size_t hp_stun_write_check(const struct hp_stun_check *check, uint8_t *data);

enum hp_stun_verdict {
    HP_STUN_GOOD,
    HP_STUN_ROLE_CONFLICT, // the other side has to change its role, or has told us to change ours
    HP_STUN_REFUSED, // an authentic error
    HP_STUN_FORGED, // unauthentic, malformed, or for another
};

struct hp_stun_local {
    const char *ufrag, *password;
    const char *remote_ufrag; // NULL: not known yet
    uint64_t tie;
};

struct hp_stun_request {
    uint32_t priority;
    bool nominates;
    size_t answer_size; // 0: there is no answer
};

// Verifies a check and writes the answer into HP_STUN_MESSAGE_MAX bytes. GOOD: `request` tells what
// it says, and *is_controlling changes if the sender is right about a role conflict (RFC 8445
// section 7.3.1.1). ROLE_CONFLICT: the answer says 487. FORGED: no answer.
enum hp_stun_verdict hp_stun_answer_check(const struct hp_stun_local *local, bool *is_controlling,
        const uint8_t *data, size_t size, const struct hp_addr *source,
        struct hp_stun_request *request, uint8_t *answer);

// Verifies the answer to a check of ours with that id.
enum hp_stun_verdict hp_stun_verify_answer(
        const uint8_t *id, const char *remote_password, const uint8_t *data, size_t size);

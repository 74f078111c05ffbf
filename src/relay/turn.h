// turn.h - TURN's requests (RFC 8656): who may have an allocation, and what it may talk to. Part of
// another object, on worker 0.
#pragma once

#include "relay/allocations.h"
#include "relay/auth.h"
#include "relay/peers.h"

struct hp_flow;
struct hp_message;
struct hp_response;

struct hp_turn {
    struct hp_auth auth;
    struct hp_allocations allocations;
    struct hp_peers peers;
    uint16_t media_port;
    int64_t swept_us;
};

// The secret is copied. `media_port`: of our media at each address where clients find us; 0: the
// one that they talk to.
void hp_turn_init(struct hp_turn *turn, const char *secret, uint16_t media_port);
void hp_turn_finish(struct hp_turn *turn);

// Answers a request that came by `from`. reply->size is 0 where there is no answer.
void hp_turn_answer(struct hp_turn *turn, struct hp_response *reply,
        const struct hp_message *message, const struct hp_flow *from);

// peer_limits.h - what all peers of one session share, so that a session that asks for a new peer
// again and again sends no more connectivity checks than one that asks once.
#pragma once

#include "ice/budget.h"
#include "pair/allowance.h"

// {0} is a fresh one. Used on the session's worker only.
struct hp_peer_limits {
    struct hp_allowance allowance; // of ICE on the shared port
    struct hp_ice_budget budget; // of libnice's
};

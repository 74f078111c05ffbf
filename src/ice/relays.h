// relays.h - the STUN and TURN servers of an agent: which server is asked when, and how allocations
// are given back. RFC 8656. Everything on the peer's worker.
#pragma once

#include <stdbool.h>

#include <nice/agent.h>

#include "base/timer.h"

struct hp_ice_config;

// Part of hp_ice_agent.
struct hp_ice_relays {
    const struct hp_ice_config *config;
    NiceAgent *nice;
    guint stream;
    struct hp_timer timer; // runs until TURN over TCP may be tried
    bool has_candidate;    // a relay has answered
};

// Sets the servers of the agent. `config` and `nice` outlive the relays.
void hp_ice_relays_init(struct hp_ice_relays *relays, struct hp_worker *worker,
        const struct hp_ice_config *config, NiceAgent *nice, guint stream);
void hp_ice_relays_finish(struct hp_ice_relays *relays);

// The agent begins to gather candidates.
void hp_ice_relays_start(struct hp_ice_relays *relays);

// The agent has found a candidate of ours.
void hp_ice_relays_note(struct hp_ice_relays *relays, const NiceCandidate *candidate);

// Is there any TURN server? Its allocations have to be given back.
bool hp_ice_relays_has_any(const struct hp_ice_relays *relays);

// Gives allocations back by requests, each of which is repeated once; the task keeps the NiceAgent
// meanwhile. on_gone(arg) follows on the worker, also after hp_ice_relays_finish().
void hp_ice_relays_give_back(NiceAgent *nice, void (*on_gone)(void *arg), void *arg);

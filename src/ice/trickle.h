// trickle.h - the browser's candidates on their way to a NiceAgent: kept until their credentials
// are known, counted, and passed on no faster than checks may be sent. RFC 8838. Everything on the
// peer's worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <nice/agent.h>

#include "base/timer.h"
#include "ice/budget.h"

struct hp_ice_config;

// Part of hp_ice_agent.
struct hp_ice_trickle {
    NiceAgent *nice;
    guint stream;
    const struct hp_ice_config *config;
    char *ufrag;        // of the browser; NULL: not known yet
    GArray *waiting;    // candidates that wait for their credentials, or for their turn
    GArray *given;      // NiceAddress: of the candidates passed on under these credentials
    uint64_t dropped;
    bool is_ended;      // the browser sent its last one; told when none waits any more
    unsigned bases_ipv4, bases_ipv6; // candidates of ours that a remote one is paired with
    struct hp_ice_budget own; // in force where the config names none
    struct hp_ice_budget *budget;
    struct hp_timer timer;
};

// `nice`, the worker and the config outlive the trickle.
void hp_ice_trickle_init(struct hp_ice_trickle *trickle, struct hp_worker *worker,
        NiceAgent *nice, guint stream, const struct hp_ice_config *config);
void hp_ice_trickle_finish(struct hp_ice_trickle *trickle);

// The agent has a candidate of its own more.
void hp_ice_trickle_note_local(struct hp_ice_trickle *trickle, const NiceCandidate *candidate);

// The browser's credentials are in force, or (by a restart) not known any more.
void hp_ice_trickle_set_ufrag(struct hp_ice_trickle *trickle, const char *ufrag);
void hp_ice_trickle_forget(struct hp_ice_trickle *trickle);

// Takes a candidate line; "" is the end of the candidates. Unusable candidates are counted and
// dropped.
void hp_ice_trickle_add(struct hp_ice_trickle *trickle, const char *line);

// A check to that candidate was answered: its address is no stranger.
void hp_ice_trickle_meet(struct hp_ice_trickle *trickle, const NiceCandidate *remote);

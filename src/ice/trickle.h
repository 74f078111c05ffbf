// trickle.h - the other side's candidates on their way to a NiceAgent: kept until their
// credentials are known, counted, and let through no faster than checks may leave. Everything on
// the peer's worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <nice/agent.h>

#include "base/timer.h"

// Part of hp_ice_agent.
struct hp_ice_trickle {
    NiceAgent *nice;
    guint stream;
    bool with_loopback;
    char *ufrag;        // theirs; NULL: not known yet
    GArray *waiting;    // for their credentials, or for their turn
    unsigned given;     // under these credentials
    uint64_t dropped;
    bool is_ended;      // by them; told when nothing waits any more
    unsigned bases;     // of ours that a candidate is paired with
    double credit;      // candidates that may go through now
    int64_t credit_us;
    struct hp_timer timer;
};

void hp_ice_trickle_init(struct hp_ice_trickle *trickle, struct hp_worker *worker,
        NiceAgent *nice, guint stream, bool with_loopback);
void hp_ice_trickle_finish(struct hp_ice_trickle *trickle);

// The other side's credentials are in force, or (restart) not known any more.
void hp_ice_trickle_set_ufrag(struct hp_ice_trickle *trickle, const char *ufrag);
void hp_ice_trickle_forget(struct hp_ice_trickle *trickle);

// Takes a candidate line, "" ends them. Unusable ones are counted and dropped.
void hp_ice_trickle_add(struct hp_ice_trickle *trickle, const char *line);

// trickle.h - the browser's candidates on their way to a NiceAgent: kept until their credentials
// are known, counted, and passed on no faster than checks may be sent. RFC 8838. Everything on the
// peer's worker.
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
    char *ufrag;        // of the browser; NULL: not known yet
    GArray *waiting;    // candidates that wait for their credentials, or for their turn
    unsigned given;     // candidates passed on under these credentials
    uint64_t dropped;
    bool is_ended;      // the browser sent its last one; told when none waits any more
    unsigned bases;     // candidates of ours that each remote one is paired with
    double credit;      // candidates that may pass now
    int64_t credit_us;
    struct hp_timer timer;
};

void hp_ice_trickle_init(struct hp_ice_trickle *trickle, struct hp_worker *worker,
        NiceAgent *nice, guint stream, bool with_loopback);
void hp_ice_trickle_finish(struct hp_ice_trickle *trickle);

// The browser's credentials are in force, or (by a restart) not known any more.
void hp_ice_trickle_set_ufrag(struct hp_ice_trickle *trickle, const char *ufrag);
void hp_ice_trickle_forget(struct hp_ice_trickle *trickle);

// Takes a candidate line; "" is the end of the candidates. Unusable candidates are counted and
// dropped.
void hp_ice_trickle_add(struct hp_ice_trickle *trickle, const char *line);

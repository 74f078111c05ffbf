// roam.h - follows a browser whose address has changed under way (its router forgot the mapping, it
// went from one network to another) without waiting for signaling, which such a change may have cut
// as well. On the peer's worker.
//
//   an authentic check from a new address --what we send is not heard--> send there instead
//       --heard--> stay    --not heard--> back to the old address
#pragma once

#include <stdint.h>

#include "base/timer.h"

struct hp_ice_agent;
struct hp_tracks;

// Part of the endpoint.
struct hp_roam {
    struct hp_ice_agent *ice;
    struct hp_tracks *tracks;
    struct hp_timer timer; // runs while there is a new address to judge
    int64_t begin_us;
    int64_t switched_us; // 0: we still send to the old address
};

// Both outlive it, or it is stopped before.
void hp_roam_init(struct hp_roam *roam, struct hp_worker *worker, struct hp_ice_agent *ice,
        struct hp_tracks *tracks);

// A new address has been seen; the agent knows it.
void hp_roam_begin(struct hp_roam *roam);

void hp_roam_stop(struct hp_roam *roam);

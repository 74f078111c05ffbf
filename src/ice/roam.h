// roam.h - follows a browser whose address has changed under way: its router forgot the mapping, or
// the browser went from one network to another. Needs no signaling, since the change may have cut
// the WebSocket as well. On the peer's worker.
//
//   an authentic check from a new address --no proof that we are heard--> send to the new address
//       --proof--> stay there    --no proof in time--> back to the old address
#pragma once

#include <stdint.h>

#include "base/timer.h"

struct hp_ice;

// What roam asks the tracks, and what it tells them.
struct hp_roam_cbs {
    // Since when there is no proof that the browser hears us, hp_clock; 0: none is due.
    int64_t (*silent_since_us)(void *arg);
    // When the last such proof came, hp_clock; 0: none.
    int64_t (*last_proof_us)(void *arg);
    // We send to another address now: the browser may have missed packets for a while.
    void (*refresh)(void *arg);
};

// Part of the endpoint.
struct hp_roam {
    struct hp_ice *ice;
    const struct hp_roam_cbs *cbs;
    void *cbs_arg;
    struct hp_timer timer; // runs while a new address is being judged
    int64_t begin_us;
    int64_t switched_us; // 0: we still send to the old address
};

// `ice` outlives the roam, or hp_roam_stop() is called before `ice` ends.
void hp_roam_init(struct hp_roam *roam, struct hp_worker *worker, struct hp_ice *ice,
        const struct hp_roam_cbs *cbs, void *arg);

// A new address has been seen; `ice` knows the address. No effect while an earlier one is judged.
void hp_roam_begin(struct hp_roam *roam);

// Stops judging; no callback follows. Fine if none is being judged.
void hp_roam_stop(struct hp_roam *roam);

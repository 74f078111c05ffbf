// shared_path.h - the flow that an ICE has selected, as a path. On the peer's worker.
#pragma once

#include <stdbool.h>

#include "base/path.h"
#include "nat/flow.h"

enum { HP_SHARED_PAIR_TEXT_SIZE = 160 };

// Part of hp_shared_ice.
struct hp_shared_path {
    struct hp_path path; // the first member: the ops cast back
    struct hp_flow flow; // without a carrier: nothing is selected, or there is no consent
    struct hp_flow_wait wait;
};

void hp_shared_path_init(struct hp_shared_path *path, struct hp_worker *worker);

// Packets go by that flow from now on; NULL: they are lost. A path that was blocked looks again.
void hp_shared_path_set_flow(struct hp_shared_path *path, const struct hp_flow *flow);

// No callback follows; packets are lost.
void hp_shared_path_finish(struct hp_shared_path *path);

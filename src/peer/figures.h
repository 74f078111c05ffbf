// figures.h - the figures of a peer that somebody at home asks for: those that its worker tells, or
// that it does not answer. Home thread.
#pragma once

#include "base/timers.h"

struct hp_peer_cbs;
struct hp_peer_stats;
struct hp_worker;

// Part of hp_peer.
struct hp_figures {
    struct hp_timer timer; // runs while somebody waits
    const struct hp_peer_cbs *cbs; // NULL: nobody listens any more
    void *cbs_arg;
};

void hp_figures_init(struct hp_figures *figures, struct hp_worker *home,
        const struct hp_peer_cbs *cbs, void *arg); // cbs: kept
void hp_figures_finish(struct hp_figures *figures); // from now on nothing is told

// Somebody asks: on_stats follows within HP_FIGURES_WAIT_US, without figures if none come.
void hp_figures_want(struct hp_figures *figures);

// The worker has told them, in time or late.
void hp_figures_tell(struct hp_figures *figures, const struct hp_peer_stats *stats);

enum {
    // A page takes its WebSocket for dead when it hears nothing for 350 ms (net/signal.js).
    HP_FIGURES_WAIT_US = 100 * 1000
};

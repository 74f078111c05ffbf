// moves.h - follows our own addresses for one browser: tells what it is to be offered whenever that
// changes. Home thread.
#pragma once

#include <stdbool.h>

#include "reach/reach.h"

struct hp_ice_config;
struct hp_locals_params;
struct hp_rtc;

struct hp_moves_params {
    struct hp_rtc *rtc;
    bool is_followed; // false: no callback comes
    const char *address, *host; // of the browser, as for hp_rtc_take_ice_config(); copied
    void (*on_move)(void *arg, struct hp_ice_config *config); // config: taken
    void *arg;
};

// Part of hp_peer.
struct hp_moves {
    struct hp_moves_params params; // its texts are in our copies below
    struct hp_reach *reach; // NULL: nothing is followed
    struct hp_reach_watcher watcher;
    char *address, *host;
    char *told; // what the browser was offered last, as a text
};

// The browser has been offered `config`.
void hp_moves_init(struct hp_moves *moves, const struct hp_moves_params *params,
        const struct hp_ice_config *config);
void hp_moves_finish(struct hp_moves *moves); // no callback follows

// Is the address of ours in a pair of ICE (base/ice.h) still one that browsers are offered? False
// only for a host address that is gone. Any thread.
bool hp_moves_keep(const struct hp_ice_config *config, const char *pair);

// The part of a configuration that the shared port's ICE needs; texts are borrowed from it. Any
// thread.
struct hp_locals_params hp_moves_locals(const struct hp_ice_config *config);

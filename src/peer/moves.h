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
    // Only browsers at the shared port follow: a port of libnice's belongs to the addresses that it
    // was opened at.
    bool is_shared;
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

// Writes the part of a configuration that the shared port's ICE needs; texts are borrowed from it.
// Any thread.
void hp_moves_write_params(const struct hp_ice_config *config, struct hp_locals_params *params);

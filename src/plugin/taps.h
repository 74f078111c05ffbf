// taps.h - the taps of one plugin: the streams of which the plugin gets frames. Main thread; frames
// come on a worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/plugin.h"
#include "base/tap.h"

enum {
    HP_TAPS_MAX = 4 // of one plugin
};

struct hp_taps_slot {
    struct hp_taps *taps;
    uint32_t id; // 0: free
    struct hp_tap *tap;
    bool is_closing;
    struct hp_plugin_frames frames;
    void *arg;
};

struct hp_taps { // embedded in hp_host
    const struct hp_tap_ops *ops; // NULL: there are no streams
    void *ops_arg;
    struct hp_taps_slot slots[HP_TAPS_MAX];
    uint32_t last_id;
    bool is_ending;
    void (*on_ended)(void *arg); // a tap has closed
    void *arg;
};

// Opens a tap; `frames` is a whole struct with on_frame. Returns its id; 0: no tap was opened.
uint32_t hp_taps_open(struct hp_taps *taps, enum hp_source_kind kind,
        const struct hp_plugin_frames *frames, void *arg);
void hp_taps_close(struct hp_taps *taps, uint32_t id);
void hp_taps_end(struct hp_taps *taps); // closes all; no tap opens any more
bool hp_taps_are_closed(const struct hp_taps *taps);

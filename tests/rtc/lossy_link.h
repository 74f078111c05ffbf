// lossy_link.h - one direction of a network in memory: loses, doubles, delays and reorders as its
// seed says. Everything on one worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/worker.h"

struct lossy_link {
    struct hp_worker *worker;
    void (*deliver)(void *arg, const uint8_t *data, size_t size);
    void *arg;
    uint32_t seed;
    unsigned loss_percent;
    unsigned duplicate_percent;
    int64_t max_delay_us; // each packet waits 0..max
    // NULL or: may this packet pass? Numbers count from 0.
    bool (*filter)(void *arg, unsigned number, const uint8_t *data, size_t size);
    void *filter_arg;
    unsigned count; // packets sent into it
    size_t max_size; // the largest of them
    GList *waiting;
};

// The caller has filled in the fields above the line "count".
void lossy_link_send(struct lossy_link *link, const uint8_t *data, size_t size);

// Forgets what is under way.
void lossy_link_finish(struct lossy_link *link);

// The link's own random numbers, 0..65535.
unsigned lossy_link_random(struct lossy_link *link);

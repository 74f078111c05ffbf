// ended.h - the ids of sessions that have ended, whose credentials are refused from then on. Only
// the newest HP_ENDED_MAX are remembered. Part of another object, on its owner's thread.
#pragma once

#include <stdbool.h>

#include <glib.h>

enum { HP_ENDED_MAX = 4096 };

struct hp_ended {
    GHashTable *ids; // borrows from `ring`
    char *ring[HP_ENDED_MAX]; // NULL: not used yet
    unsigned next; // place in the ring: that of the oldest once the ring is full
};

void hp_ended_init(struct hp_ended *ended);
void hp_ended_finish(struct hp_ended *ended);

void hp_ended_add(struct hp_ended *ended, const char *id); // copied
bool hp_ended_has(const struct hp_ended *ended, const char *id);

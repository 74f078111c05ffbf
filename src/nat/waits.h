// waits.h - those that wait until a carrier has room, oldest first. Part of a carrier, on one
// worker's thread. {0} is an empty list.
#pragma once

#include <stdbool.h>

struct hp_flow_wait;

struct hp_waits {
    struct hp_flow_wait *first, *last;
};

void hp_waits_add(struct hp_waits *waits, struct hp_flow_wait *wait); // which does not wait yet
void hp_waits_remove(struct hp_waits *waits, struct hp_flow_wait *wait); // which is among them
bool hp_waits_has(const struct hp_waits *waits, const struct hp_flow_wait *wait);

// Tells each that there is room, once: one that waits again meanwhile is told next time.
void hp_waits_tell(struct hp_waits *waits);

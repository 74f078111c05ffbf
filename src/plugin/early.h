// early.h - what comes to a seat that has control already, while the keys of the old host are still
// being released. Embedded in hp_seat; its worker.
#pragma once

#include <stdbool.h>

#include <glib.h>

struct hp_input;

struct hp_early {
    GArray *inputs; // of hp_input; NULL: nothing
};

// Of moves in a row only the newest is kept. A full list (256) is dropped as a whole, so that no
// key stays down because its release was left out. Returns how many were dropped.
unsigned hp_early_add(struct hp_early *early, const struct hp_input *input); // copied
void hp_early_clear(struct hp_early *early);

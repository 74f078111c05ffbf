// handles.h - numbers for peers that occur once each and that nobody can guess from others: they
// travel in the ids of our checks. Pure. A keyed permutation of a counter (Luby and Rackoff).
#pragma once

#include <stdint.h>

enum { HP_HANDLES_KEY_SIZE = 32 };

// Part of another object. Any thread, once it is made.
struct hp_handles {
    uint8_t key[HP_HANDLES_KEY_SIZE];
};

void hp_handles_init(struct hp_handles *handles); // with a random key

// The handle of that number: 2^32 numbers have 2^32 handles.
uint32_t hp_handles_make(const struct hp_handles *handles, uint32_t number);

// history.h - the last frames of a level, found by packet number, for retransmissions. One for
// all sinks of a worker. Embedded; its worker's thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hp_frame;

enum {
    HP_HISTORY_FRAMES = 256
};

struct hp_history {
    struct hp_frame *frames[HP_HISTORY_FRAMES]; // ring, in the order of their packets
    unsigned first;
    unsigned count;
    size_t size; // bytes of payload in these frames
};

// Keeps a reference to the frame, and drops frames that are older than 1.5 s or do not fit. All
// frames are of one level; their numbers grow.
void hp_history_add(struct hp_history *history, const struct hp_frame *frame);

// Finds the frame that holds packet `number`; NULL: the packet is too old, or was never kept.
// Borrowed: valid until the next hp_history_add() or hp_history_clear().
const struct hp_frame *hp_history_find(const struct hp_history *history, uint64_t number);

// Drops all frames.
void hp_history_clear(struct hp_history *history);

// cell.h - the cell that bench/flipper paints and bench/watcher looks for: colours in turn, far
// enough apart that no codec and no conversion of colours makes one of another.
// Owner: nobody.  Thread: any.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum {
    CELL_COLOURS = 6,
    CELL_DISTANCE = 48, // of a channel, between a colour and what is taken for it
    CELL_NONE = -1
};

static const uint32_t cell_colours[CELL_COLOURS] = { 0x202020, 0xd0d0d0, 0xd02020, 0x20a0d0,
    0x20a020, 0xd0b020 };

// Microseconds of a clock that all processes of a machine share.
static inline int64_t
cell_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

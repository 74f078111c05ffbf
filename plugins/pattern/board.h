// board.h - the values that the plugin and its pictures share: size, rate, colour, the last pointer
// position. A pipeline is text, so a source element finds its plugin's board by a number.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct hp_board {
    int refs; // under the registry's lock
    unsigned number;
    atomic_uint size; // width << 16 | height, pixels
    atomic_uint pointer; // x << 16 | y; all ones: none yet
    int rate; // frames a second; constant, like the next member
    uint32_t colour; // 0xrrggbb
};

// Makes a board with one reference and a new number. Any thread, like the functions below.
struct hp_board *hp_board_create(int width, int height, int rate, uint32_t colour);

// Finds the board of that number, with a reference for the caller; NULL: there is none.
struct hp_board *hp_board_find(unsigned number);

// Gives a reference back. NULL is fine.
void hp_board_unref(struct hp_board *board);

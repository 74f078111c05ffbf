// picture.h - the test picture, as 32-bit pixels (blue, green, red, unused), and what can be read
// back from it.
//
//     0       W/16      ...                            W
//   0 +--------+--------+--------------------+---------+
//     | 1 0 1 0 0 1 0 1 | check, 8 cells               |   16 x 4 cells: white 1, black 0,
//     | counter, 16 cells                              |   the highest bit is on the left
//     | pointer's x, 16 cells                          |
//     | pointer's y, 16 cells                          |
// H/4 +------------------------------------------------+
//     | eight colour bars: white yellow cyan green     |   a grey block with a black edge, as
//     | magenta red blue black                         |   wide as a bar, moves on top of them
// 3H/4+------------------------------------------------+
//     | one colour (pattern.colour)                    |
//   H +------------------------------------------------+
//
// The first eight cells are always 0xa5. check is (counter * 167 + x * 59 + y * 31 + 13) >> 3, its
// lower eight bits. The counter is the number of frame times since the machine started: it is the
// same in all pipelines and continues when a pipeline restarts. x and y are those of the last
// pointer event, 65535 each before the first one. A white cross with a black edge marks the
// pointer's place, below the cells. To read a cell, look at its middle: brighter than half is 1, at
// whatever size the picture is shown.
#pragma once

#include <stdint.h>

enum {
    HP_PICTURE_COLUMNS = 16,
    HP_PICTURE_ROWS = 4,
    HP_PICTURE_MAGIC = 0xa5
};

struct hp_picture {
    uint8_t *pixels; // 4 bytes each, rows without gaps
    int width, height;
};

// Draws the constant parts: bars and colour (0xrrggbb).
void hp_picture_draw_background(const struct hp_picture *picture, uint32_t colour);

// Draws the changing parts: cells, block, cross. Over a fresh background.
void hp_picture_draw_moment(
        const struct hp_picture *picture, uint16_t counter, uint16_t pointer_x, uint16_t pointer_y);

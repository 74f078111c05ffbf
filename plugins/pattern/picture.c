// picture.c - the test picture.
// Owner: nobody, pure.  Thread: any.
#include "picture.h"

#include <stddef.h>
#include <string.h>

enum {
    BARS = 8,
    CROSS_ARM = 12, // pixels
    WHITE = 0xffffff,
    BLACK = 0x000000,
    GREY = 0x808080,
};

struct box {
    int left, top, right, bottom; // right and bottom are excluded
};

static int
clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void
fill(const struct hp_picture *picture, struct box box, uint32_t colour)
{
    int left = clamp(box.left, 0, picture->width), right = clamp(box.right, 0, picture->width);
    int top = clamp(box.top, 0, picture->height), bottom = clamp(box.bottom, 0, picture->height);
    uint8_t bgrx[4] = { colour & 0xff, colour >> 8 & 0xff, colour >> 16 & 0xff, 0xff };
    for (int y = top; y < bottom; y++) {
        uint8_t *row = picture->pixels + (size_t) y * (size_t) picture->width * 4;
        for (int x = left; x < right; x++) {
            memcpy(row + (size_t) x * 4, bgrx, sizeof(bgrx));
        }
    }
}

void
hp_picture_draw_background(const struct hp_picture *picture, uint32_t colour)
{
    static const uint32_t bars[BARS] = { 0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000,
        0x0000ff, 0x000000 };
    int width = picture->width, height = picture->height;
    for (int i = 0; i < BARS; i++) {
        struct box bar = { width * i / BARS, height / 4, width * (i + 1) / BARS, height * 3 / 4 };
        fill(picture, bar, bars[i]);
    }
    fill(picture, (struct box){ 0, height * 3 / 4, width, height }, colour);
}

static void
draw_cells(const struct hp_picture *picture, int row, uint16_t bits)
{
    int cell_height = picture->height / 4 / HP_PICTURE_ROWS;
    int bottom = row == HP_PICTURE_ROWS - 1 ? picture->height / 4 : cell_height * (row + 1);
    for (int i = 0; i < HP_PICTURE_COLUMNS; i++) {
        struct box cell = {
            .left = picture->width * i / HP_PICTURE_COLUMNS,
            .top = cell_height * row,
            .right = picture->width * (i + 1) / HP_PICTURE_COLUMNS,
            .bottom = bottom,
        };
        fill(picture, cell, bits >> (HP_PICTURE_COLUMNS - 1 - i) & 1 ? WHITE : BLACK);
    }
}

static void
draw_block(const struct hp_picture *picture, uint16_t counter)
{
    enum {
        FRAMES_ACROSS = 120
    };
    int side = picture->width / BARS, top = picture->height / 2 - picture->height / 8;
    int left = (picture->width - side) * (counter % FRAMES_ACROSS) / FRAMES_ACROSS;
    int edge = side / 10, bottom = top + picture->height / 4;
    fill(picture, (struct box){ left, top, left + side, bottom }, BLACK);
    fill(picture, (struct box){ left + edge, top + edge, left + side - edge, bottom - edge }, GREY);
}

// Two bars of `thickness` pixels each, clear of the cells.
static void
draw_cross(const struct hp_picture *picture, int x, int y, int thickness, uint32_t colour)
{
    int half = thickness / 2, arm = CROSS_ARM + half, limit = picture->height / 4;
    struct box across = { x - arm, y - half, x + arm + 1, y + half + 1 };
    struct box down = { x - half, y - arm, x + half + 1, y + arm + 1 };
    across.top = clamp(across.top, limit, picture->height);
    down.top = clamp(down.top, limit, picture->height);
    fill(picture, across, colour);
    fill(picture, down, colour);
}

void
hp_picture_draw_moment(
        const struct hp_picture *picture, uint16_t counter, uint16_t pointer_x, uint16_t pointer_y)
{
    unsigned check = (counter * 167u + pointer_x * 59u + pointer_y * 31u + 13u) >> 3 & 0xff;
    draw_cells(picture, 0, (uint16_t) (HP_PICTURE_MAGIC << 8 | check));
    draw_cells(picture, 1, counter);
    draw_cells(picture, 2, pointer_x);
    draw_cells(picture, 3, pointer_y);
    draw_block(picture, counter);
    if (pointer_x < picture->width && pointer_y < picture->height) {
        draw_cross(picture, pointer_x, pointer_y, 7, BLACK);
        draw_cross(picture, pointer_x, pointer_y, 3, WHITE);
    }
}

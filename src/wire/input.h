// input.h - the messages of the data channel "data", in both dialects of Neko. Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/input.h"

enum hp_input_dialect {
    HP_DIALECT_V3, // big-endian, the server creates the channel
    HP_DIALECT_LEGACY, // little-endian, the client creates the channel
};

// Parses one message. Returns the bytes consumed; -1: too short, unknown, or a value out of range
// (buttons are 1 to 255, keysyms not 0). Scrolls are clamped to 100 clicks in each direction.
ssize_t hp_input_parse(
        enum hp_input_dialect dialect, const uint8_t *data, size_t size, struct hp_input *input);

enum {
    HP_INPUT_CURSOR_POSITION_SIZE = 7,
    HP_INPUT_CURSOR_IMAGE_HEADER_SIZE = 11,
    HP_INPUT_PONG_SIZE = 19,
    HP_INPUT_PNG_SIZE_MAX = 65524, // the 16-bit length counts the header too
};

// The server's messages, which exist only in the v3 dialect. Each function writes one message into
// `data`, which has room for the size above, and returns its bytes.
size_t hp_input_write_cursor_position(uint8_t *data, uint16_t x, uint16_t y);
size_t hp_input_write_cursor_image_header(uint8_t *data, uint16_t width, uint16_t height,
        uint16_t hot_x, uint16_t hot_y, size_t png_size);

// Answers a ping. `now_ms`: Unix time, written as high * (2^32 - 1) + low, as Neko's clients
// expect.
size_t hp_input_write_pong(uint8_t *data, const struct hp_input *ping, uint64_t now_ms);

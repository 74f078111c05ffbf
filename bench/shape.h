// shape.h - the shape of the synthetic pictures: VP8's first bytes, then noise. Pure. RFC 6386
// section 9.1 (frame header).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_SHAPE_WIDTH = 1280,
    BENCH_SHAPE_HEIGHT = 720,
    BENCH_SHAPE_KEYFRAME_S = 10, // between two keyframes that no viewer has requested
    BENCH_SHAPE_START_SIZE = 10,
};

// Noise, so that no part of the way can profit from zeros.
static inline void
bench_shape_fill(uint8_t *data, size_t size)
{
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (uint8_t) (state >> 24);
    }
}

// Writes the frame tag, and for a keyframe the start code and the size.
static inline void
bench_shape_write_start(uint8_t data[BENCH_SHAPE_START_SIZE], bool is_keyframe)
{
    const uint8_t keyframe[BENCH_SHAPE_START_SIZE] = { 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a,
        BENCH_SHAPE_WIDTH & 0xff, BENCH_SHAPE_WIDTH >> 8, BENCH_SHAPE_HEIGHT & 0xff,
        BENCH_SHAPE_HEIGHT >> 8 };
    for (size_t i = 0; i < BENCH_SHAPE_START_SIZE; i++) {
        data[i] = is_keyframe ? keyframe[i] : (uint8_t) (i == 0 ? 0x11 : keyframe[i]);
    }
}

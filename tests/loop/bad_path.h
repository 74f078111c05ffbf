// bad_path.h - test: a path that loses, repeats and reorders what is sent over it, by a seeded
// generator, or is dead both ways for a while.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/path.h"

enum { BAD_PATH_DATAGRAM_MAX = 1500 };

struct bad_path {
    struct hp_path path; // first
    struct hp_path *inner;
    uint32_t seed;
    unsigned loss, duplication, reordering; // per cent
    bool is_dead; // set on the worker
    uint64_t lost;
    size_t held_size; // of the datagram that the next one overtakes
    uint8_t held[BAD_PATH_DATAGRAM_MAX];
    // Told before anything is sent; may be NULL.
    void (*on_send)(void *arg, const struct hp_segment *segments, unsigned count);
    void *on_send_arg;
};

// Puts itself before `inner`. On the worker.
struct hp_path *bad_path_wrap(struct bad_path *bad, struct hp_path *inner);

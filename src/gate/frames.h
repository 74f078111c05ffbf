// frames.h - follows the frames of a WebSocket as a client sends them, and finds the first one that
// breaks the protocol. RFC 6455 section 5. Pure. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

enum {
    HP_FRAMES_HEAD_MAX = 16, // bytes that the next frame needs at most to be judged
};

// Zeroed: no frame has come yet.
struct hp_frames {
    uint64_t left; // bytes of the present frame's payload that have not been taken
    bool is_message_open; // a message has begun and its last fragment has not come
    bool is_closed; // the close frame has come: nothing may follow
};

// Takes bytes from the front of `data`. Returns how many; 0: more bytes have to come first; -1: the
// next frame is not valid, for instance not masked. Bytes behind a close frame are not taken.
ssize_t hp_frames_take(struct hp_frames *frames, const uint8_t *data, size_t size);

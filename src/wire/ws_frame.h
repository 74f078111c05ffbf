// ws_frame.h - frames of a WebSocket as bytes. RFC 6455 section 5. Pure. Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HP_WS_FRAME_HEAD_MAX = 14, // bytes of the longest head
    HP_WS_FRAME_CONTROL_MAX = 125, // bytes of a control frame's payload
};

enum hp_ws_opcode {
    HP_WS_CONTINUE = 0,
    HP_WS_TEXT = 1,
    HP_WS_BINARY = 2,
    HP_WS_CLOSE = 8,
    HP_WS_PING = 9,
    HP_WS_PONG = 10
};

struct hp_ws_frame {
    bool is_final;
    enum hp_ws_opcode opcode;
    uint8_t mask[4];
    uint64_t size; // bytes of the payload
    size_t head_size; // bytes of the head
};

// Reads the head of a frame from a client. Returns 1; 0: more bytes have to come; -1: not valid,
// for instance not masked.
int hp_ws_frame_read(const uint8_t *data, size_t size, struct hp_ws_frame *frame);
// Unmasks in place; `offset`: of these bytes in the payload.
void hp_ws_frame_unmask(const struct hp_ws_frame *frame, uint8_t *data, size_t size, size_t offset);
// Writes the head of a frame to a client, and returns its size.
size_t hp_ws_frame_write(
        uint8_t head[HP_WS_FRAME_HEAD_MAX], enum hp_ws_opcode opcode, bool is_final, size_t size);

// May a peer send that code in a close frame (RFC 6455 section 7.4)?
bool hp_ws_frame_is_close_code(unsigned code);
// The value of Sec-WebSocket-Accept; NULL: the key is not 16 bytes in base 64. The caller frees it
// with g_free().
char *hp_ws_frame_accept(const char *key);

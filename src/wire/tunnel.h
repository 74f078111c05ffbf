// tunnel.h - the messages of the tunnel: media over a WebSocket of the page's own origin. Pure.
// docs/protocol.md has their bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

enum hp_tunnel_type {
    HP_TUNNEL_HELLO = 0x01, // from the client: JSON
    HP_TUNNEL_RECEIVED = 0x02, // a count of bytes
    HP_TUNNEL_KEYFRAME = 0x03,
    HP_TUNNEL_DATA = 0x04, // a message as on the data channel

    HP_TUNNEL_WELCOME = 0x10, // from the server: JSON
    HP_TUNNEL_PICTURE = 0x11,
    HP_TUNNEL_SOUND = 0x12,
    HP_TUNNEL_DATA_BACK = 0x13, // a message as on the data channel
    HP_TUNNEL_REFUSED = 0x14, // JSON
};

enum {
    HP_TUNNEL_HELLO_MAX = 4096, // bytes of a message, with its type
    HP_TUNNEL_DATA_MAX = 65,
    HP_TUNNEL_HEADER_SIZE = 16, // of a picture or sound, with its type
};

struct hp_tunnel_message {
    enum hp_tunnel_type type;
    const uint8_t *body; // after the type; borrowed
    size_t size; // of the body
    uint32_t received; // HP_TUNNEL_RECEIVED
};

// Reads a client's message. False: it is empty, of a type that clients do not send, or of a size
// that its type does not have.
bool hp_tunnel_read(const uint8_t *data, size_t size, struct hp_tunnel_message *message);

// Writes the head of a picture or sound.
void hp_tunnel_write_header(uint8_t header[HP_TUNNEL_HEADER_SIZE], enum hp_track_kind kind,
        bool is_keyframe, uint32_t number, int64_t capture_us);

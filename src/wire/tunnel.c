// tunnel.c - the messages of the tunnel.
// Owner: nobody.  Thread: any.
#include "wire/tunnel.h"

#include <string.h>

#include "wire/bytes.h"

enum {
    FLAG_KEYFRAME = 1
};

static bool
is_size(enum hp_tunnel_type type, size_t size)
{
    switch (type) {
    case HP_TUNNEL_HELLO: return size > 1 && size <= HP_TUNNEL_HELLO_MAX;
    case HP_TUNNEL_RECEIVED: return size == 5;
    case HP_TUNNEL_KEYFRAME: return size == 1;
    case HP_TUNNEL_DATA: return size > 1 && size <= HP_TUNNEL_DATA_MAX;
    default: return false; // the server's
    }
}

bool
hp_tunnel_read(const uint8_t *data, size_t size, struct hp_tunnel_message *message)
{
    if (size == 0 || !is_size((enum hp_tunnel_type) data[0], size)) {
        return false;
    }
    *message = (struct hp_tunnel_message){
        .type = (enum hp_tunnel_type) data[0],
        .body = data + 1,
        .size = size - 1,
    };
    if (message->type == HP_TUNNEL_RECEIVED) {
        message->received = hp_bytes_u32(data + 1);
    }
    return true;
}

void
hp_tunnel_write_header(uint8_t header[HP_TUNNEL_HEADER_SIZE], enum hp_track_kind kind,
        bool is_keyframe, uint32_t number, int64_t capture_us)
{
    memset(header, 0, HP_TUNNEL_HEADER_SIZE);
    header[0] = kind == HP_TRACK_VIDEO ? HP_TUNNEL_PICTURE : HP_TUNNEL_SOUND;
    header[1] = is_keyframe ? FLAG_KEYFRAME : 0;
    hp_bytes_put_u32(header + 2, number);
    hp_bytes_put_u32(header + 6, (uint32_t) ((uint64_t) capture_us >> 32));
    hp_bytes_put_u32(header + 10, (uint32_t) capture_us);
}

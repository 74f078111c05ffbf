// ws_frame.c - frames of a WebSocket as bytes.
// Pure.  Thread: any.
// RFC 6455 sections 1.3 (handshake), 5.2 (frames), 5.5 (control frames), 7.4 (codes).
#include "wire/ws_frame.h"

#include <string.h>

#include <glib.h>

enum {
    KEY_LENGTH = 24, // 16 bytes in base 64
    SHA1_SIZE = 20,
};

static bool
is_head_valid(const uint8_t *data, const struct hp_ws_frame *frame)
{
    bool is_control = frame->opcode >= HP_WS_CLOSE;
    bool is_known = frame->opcode <= HP_WS_BINARY
            || (frame->opcode >= HP_WS_CLOSE && frame->opcode <= HP_WS_PONG);
    bool is_masked = (data[1] & 0x80) != 0;
    bool has_extension = (data[0] & 0x70) != 0;
    bool is_small = frame->is_final && (data[1] & 0x7f) <= HP_WS_FRAME_CONTROL_MAX;
    return is_known && is_masked && !has_extension && (!is_control || is_small);
}

int
hp_ws_frame_read(const uint8_t *data, size_t size, struct hp_ws_frame *frame)
{
    if (size < 2) {
        return 0;
    }
    unsigned code = data[1] & 0x7f;
    size_t extra = code == 127 ? 8 : code == 126 ? 2 : 0;
    frame->is_final = (data[0] & 0x80) != 0;
    frame->opcode = (enum hp_ws_opcode) (data[0] & 0x0f);
    frame->head_size = 2 + extra + sizeof(frame->mask);
    if (!is_head_valid(data, frame)) {
        return -1;
    }
    if (size < frame->head_size) {
        return 0;
    }
    frame->size = extra == 0 ? code : 0;
    for (size_t i = 0; i < extra; i++) {
        frame->size = frame->size << 8 | data[2 + i];
    }
    uint64_t least = extra == 8 ? 65536 : extra == 2 ? 126 : 0; // the shortest form is a must
    memcpy(frame->mask, data + 2 + extra, sizeof(frame->mask));
    return frame->size < least || frame->size > INT64_MAX ? -1 : 1;
}

void
hp_ws_frame_unmask(const struct hp_ws_frame *frame, uint8_t *data, size_t size, size_t offset)
{
    for (size_t i = 0; i < size; i++) {
        data[i] ^= frame->mask[(offset + i) % sizeof(frame->mask)];
    }
}

size_t
hp_ws_frame_write(
        uint8_t head[HP_WS_FRAME_HEAD_MAX], enum hp_ws_opcode opcode, bool is_final, size_t size)
{
    size_t extra = size > UINT16_MAX ? 8 : size > HP_WS_FRAME_CONTROL_MAX ? 2 : 0;
    head[0] = (uint8_t) ((is_final ? 0x80 : 0) | (unsigned) opcode);
    head[1] = extra == 8 ? 127 : extra == 2 ? 126 : (uint8_t) size;
    for (size_t i = 0; i < extra; i++) {
        head[2 + i] = (uint8_t) ((uint64_t) size >> (8 * (extra - 1 - i)));
    }
    return 2 + extra;
}

bool
hp_ws_frame_is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
            || (code >= 3000 && code <= 4999);
}

static bool
is_key(const char *key)
{
    static const char chars[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return strlen(key) == KEY_LENGTH && strspn(key, chars) == KEY_LENGTH - 2
            && strcmp(key + KEY_LENGTH - 2, "==") == 0;
}

char *
hp_ws_frame_accept(const char *key)
{
    static const char salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    guint8 digest[SHA1_SIZE];
    gsize size = sizeof(digest);
    if (!is_key(key)) {
        return NULL;
    }
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sum, (const guchar *) key, KEY_LENGTH);
    g_checksum_update(sum, (const guchar *) salt, sizeof(salt) - 1);
    g_checksum_get_digest(sum, digest, &size);
    g_checksum_free(sum);
    return g_base64_encode(digest, size);
}

// input.c - the messages of the data channel "data", in both dialects of Neko.
// Owner: none, pure.  Thread: any.
// A message is opcode u8, length u16, payload. Clients disagree on what the length counts, so the
// parser ignores it, with one exception: the length 4 of a v3 scroll means that its Ctrl byte is
// missing.
#include "wire/input.h"

#include <stdbool.h>
#include <string.h>

#include "wire/bytes.h"

// The base of ping times, 2^32 - 1. Not in the enum below, since one value that is no int would
// make all its values unsigned.
#define TIME_BASE 0xffffffffU

enum {
    HEADER_SIZE = 3,
    // Clicks of one scroll, each of which is an XTEST press and release. More than one or two pages
    // at once is a fault or an attack: a 16-bit delta could ask for 65,534 events.
    SCROLL_MAX = 100,
    BUTTON_MAX = 255, // XTEST's detail is a byte
    LEGACY_BUTTON_END = 8, // legacy keys below are mouse buttons
};

enum v3_opcode {
    V3_MOVE = 1,
    V3_SCROLL,
    V3_KEY_DOWN,
    V3_KEY_UP,
    V3_BUTTON_DOWN,
    V3_BUTTON_UP,
    V3_PING,
    V3_TOUCH_BEGIN,
    V3_TOUCH_UPDATE,
    V3_TOUCH_END,
    V3_END,
};

// Our own message, far away from Neko's.
enum {
    HAIRPIN_ALIVE = 0x40
};

enum legacy_opcode {
    LEGACY_MOVE = 1,
    LEGACY_SCROLL,
    LEGACY_KEY_DOWN,
    LEGACY_KEY_UP
};

enum {
    SAYS_CURSOR_POSITION = 1,
    SAYS_CURSOR_IMAGE = 2,
    SAYS_PONG = 3
};

static const struct {
    enum hp_input_kind kind;
    uint8_t size; // of the payload
} v3_messages[V3_END] = {
    [V3_MOVE] = { HP_INPUT_MOVE, 4 },
    [V3_SCROLL] = { HP_INPUT_SCROLL, 5 },
    [V3_KEY_DOWN] = { HP_INPUT_KEY_DOWN, 4 },
    [V3_KEY_UP] = { HP_INPUT_KEY_UP, 4 },
    [V3_BUTTON_DOWN] = { HP_INPUT_BUTTON_DOWN, 4 },
    [V3_BUTTON_UP] = { HP_INPUT_BUTTON_UP, 4 },
    [V3_PING] = { HP_INPUT_PING, 8 },
    [V3_TOUCH_BEGIN] = { HP_INPUT_TOUCH_BEGIN, 13 },
    [V3_TOUCH_UPDATE] = { HP_INPUT_TOUCH_UPDATE, 13 },
    [V3_TOUCH_END] = { HP_INPUT_TOUCH_END, 13 },
};

static int32_t
clamp_scroll(uint16_t delta)
{
    int16_t clicks = (int16_t) delta;
    return clicks > SCROLL_MAX ? SCROLL_MAX : clicks < -SCROLL_MAX ? -SCROLL_MAX : clicks;
}

static bool
parse_v3_payload(enum v3_opcode opcode, const uint8_t *payload, struct hp_input *input)
{
    switch (opcode) {
    case V3_MOVE:
        input->x = hp_bytes_u16(payload);
        input->y = hp_bytes_u16(payload + 2);
        return true;
    case V3_SCROLL:
        input->delta_x = clamp_scroll(hp_bytes_u16(payload));
        input->delta_y = clamp_scroll(hp_bytes_u16(payload + 2));
        return true;
    case V3_KEY_DOWN:
    case V3_KEY_UP: input->keysym = hp_bytes_u32(payload); return input->keysym != 0;
    case V3_BUTTON_DOWN:
    case V3_BUTTON_UP:
        input->button = hp_bytes_u32(payload);
        return input->button != 0 && input->button <= BUTTON_MAX;
    case V3_PING: return true;
    case V3_TOUCH_BEGIN:
    case V3_TOUCH_UPDATE:
    case V3_TOUCH_END:
        input->touch_id = hp_bytes_u32(payload);
        input->x = (int32_t) hp_bytes_u32(payload + 4);
        input->y = (int32_t) hp_bytes_u32(payload + 8);
        input->pressure = payload[12];
        return true;
    case V3_END: break;
    }
    return false;
}

static ssize_t
parse_v3(const uint8_t *data, size_t size, struct hp_input *input)
{
    uint8_t opcode = data[0];
    if (opcode == HAIRPIN_ALIVE) {
        input->kind = HP_INPUT_ALIVE;
        return HEADER_SIZE;
    }
    if (opcode == 0 || opcode >= V3_END) {
        return -1;
    }
    const uint8_t *payload = data + HEADER_SIZE;
    size_t payload_size = v3_messages[opcode].size;
    if (opcode == V3_SCROLL && hp_bytes_u16(data + 1) == 4) {
        payload_size = 4;
    }
    if (size - HEADER_SIZE < payload_size) {
        return -1;
    }
    input->kind = v3_messages[opcode].kind;
    input->with_control = opcode == V3_SCROLL && payload_size == 5 && payload[4] != 0;
    if (!parse_v3_payload((enum v3_opcode) opcode, payload, input)) {
        return -1;
    }
    return (ssize_t) (HEADER_SIZE + payload_size);
}

static ssize_t
parse_legacy_key(const uint8_t *data, size_t size, bool is_down, struct hp_input *input)
{
    if (size < HEADER_SIZE + 8) {
        return -1;
    }
    uint64_t key = hp_bytes_u64_le(data + HEADER_SIZE);
    if (key == 0 || key > UINT32_MAX) {
        return -1;
    }
    if (key < LEGACY_BUTTON_END) {
        input->kind = is_down ? HP_INPUT_BUTTON_DOWN : HP_INPUT_BUTTON_UP;
        input->button = (uint32_t) key;
    } else {
        input->kind = is_down ? HP_INPUT_KEY_DOWN : HP_INPUT_KEY_UP;
        input->keysym = (uint32_t) key;
    }
    return HEADER_SIZE + 8;
}

static ssize_t
parse_legacy(const uint8_t *data, size_t size, struct hp_input *input)
{
    if (data[0] == LEGACY_KEY_DOWN || data[0] == LEGACY_KEY_UP) {
        return parse_legacy_key(data, size, data[0] == LEGACY_KEY_DOWN, input);
    }
    if (size < HEADER_SIZE + 4) {
        return -1;
    }
    uint16_t x = hp_bytes_u16_le(data + HEADER_SIZE);
    uint16_t y = hp_bytes_u16_le(data + HEADER_SIZE + 2);
    if (data[0] == LEGACY_MOVE) {
        input->kind = HP_INPUT_MOVE;
        input->x = x;
        input->y = y;
    } else if (data[0] == LEGACY_SCROLL) {
        input->kind = HP_INPUT_SCROLL;
        input->delta_x = clamp_scroll(x);
        input->delta_y = clamp_scroll(y);
    } else {
        return -1;
    }
    return HEADER_SIZE + 4;
}

ssize_t
hp_input_parse(
        enum hp_input_dialect dialect, const uint8_t *data, size_t size, struct hp_input *input)
{
    *input = (struct hp_input){ 0 };
    if (size < HEADER_SIZE) {
        return -1;
    }
    return dialect == HP_DIALECT_V3 ? parse_v3(data, size, input) : parse_legacy(data, size, input);
}

static void
write_header(uint8_t *data, uint8_t opcode, size_t size)
{
    data[0] = opcode;
    hp_bytes_put_u16(data + 1, (uint16_t) size);
}

size_t
hp_input_write_cursor_position(uint8_t *data, uint16_t x, uint16_t y)
{
    write_header(data, SAYS_CURSOR_POSITION, HP_INPUT_CURSOR_POSITION_SIZE);
    hp_bytes_put_u16(data + 3, x);
    hp_bytes_put_u16(data + 5, y);
    return HP_INPUT_CURSOR_POSITION_SIZE;
}

size_t
hp_input_write_cursor_image_header(uint8_t *data, uint16_t width, uint16_t height, uint16_t hot_x,
        uint16_t hot_y, size_t png_size)
{
    write_header(data, SAYS_CURSOR_IMAGE, HP_INPUT_CURSOR_IMAGE_HEADER_SIZE + png_size);
    hp_bytes_put_u16(data + 3, width);
    hp_bytes_put_u16(data + 5, height);
    hp_bytes_put_u16(data + 7, hot_x);
    hp_bytes_put_u16(data + 9, hot_y);
    return HP_INPUT_CURSOR_IMAGE_HEADER_SIZE;
}

size_t
hp_input_write_pong(uint8_t *data, const uint8_t *ping, uint64_t now_ms)
{
    write_header(data, SAYS_PONG, HP_INPUT_PONG_SIZE);
    memcpy(data + HEADER_SIZE, ping + HEADER_SIZE, v3_messages[V3_PING].size);
    hp_bytes_put_u32(data + 11, (uint32_t) (now_ms / TIME_BASE));
    hp_bytes_put_u32(data + 15, (uint32_t) (now_ms % TIME_BASE));
    return HP_INPUT_PONG_SIZE;
}

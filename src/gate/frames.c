// frames.c - follows the frames of a WebSocket as a client sends them.
// Pure.  Thread: any.
// RFC 6455 sections 5.2 (frames), 5.4 (fragments), 5.5 (control frames), 7.4 (codes).
#include "gate/frames.h"

#include <glib.h>

enum {
    OPCODE_CONTINUE = 0,
    OPCODE_BINARY = 2,
    OPCODE_CLOSE = 8,
    OPCODE_PONG = 10,
    CONTROL_MAX = 125, // bytes of a control frame's payload
    MASK_SIZE = 4,
    CODE_SIZE = 2,
};

//   0 FIN(1 bit) RSV(3) opcode(4)   1 MASK(1) size(7)   2 more of the size (0, 2 or 8 bytes)
//   then the mask (4 bytes) and the payload
struct head {
    bool is_final;
    unsigned opcode;
    size_t size; // bytes of the head with the mask
    uint64_t payload; // bytes
};

// Whatever the first two bytes tell.
static bool
is_start_valid(const struct hp_frames *frames, const struct head *head, const uint8_t *data)
{
    bool is_control = head->opcode >= OPCODE_CLOSE;
    bool is_masked = (data[1] & 0x80) != 0;
    bool has_extension = (data[0] & 0x70) != 0;
    if (!is_masked || has_extension) {
        return false;
    }
    if (is_control) {
        return head->opcode <= OPCODE_PONG && head->is_final && (data[1] & 0x7f) <= CONTROL_MAX;
    }
    bool continues = head->opcode == OPCODE_CONTINUE;
    return head->opcode <= OPCODE_BINARY && continues == frames->is_message_open;
}

// Returns 1; 0: more bytes have to come; -1: not valid.
static int
read_head(const struct hp_frames *frames, const uint8_t *data, size_t size, struct head *head)
{
    if (size < 2) {
        return 0;
    }
    unsigned code = data[1] & 0x7f;
    size_t extra = code == 127 ? 8 : code == 126 ? 2 : 0;
    head->is_final = (data[0] & 0x80) != 0;
    head->opcode = data[0] & 0x0f;
    head->size = 2 + extra + MASK_SIZE;
    if (!is_start_valid(frames, head, data)) {
        return -1;
    }
    if (size < head->size) {
        return 0;
    }
    head->payload = extra == 0 ? code : 0;
    for (size_t i = 0; i < extra; i++) {
        head->payload = head->payload << 8 | data[2 + i];
    }
    uint64_t least = extra == 8 ? 65536 : extra == 2 ? 126 : 0; // the shortest form is a must
    return head->payload < least || head->payload > INT64_MAX ? -1 : 1;
}

// May a client send that code?
static bool
is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
            || (code >= 3000 && code <= 4999);
}

// A close frame has no payload, or begins with a code. Returns as read_head().
static int
check_close(const struct head *head, const uint8_t *data, size_t size)
{
    if (head->payload == 0) {
        return 1;
    }
    if (head->payload < CODE_SIZE) {
        return -1;
    }
    if (size < head->size + CODE_SIZE) {
        return 0;
    }
    const uint8_t *mask = data + head->size - MASK_SIZE;
    const uint8_t *code = data + head->size;
    return is_close_code((unsigned) ((code[0] ^ mask[0]) << 8 | (code[1] ^ mask[1]))) ? 1 : -1;
}

// Judges the next frame and returns the size of its head, or as hp_frames_take().
static ssize_t
take_head(struct hp_frames *frames, const uint8_t *data, size_t size)
{
    struct head head;
    int verdict = read_head(frames, data, size, &head);
    if (verdict == 1 && head.opcode == OPCODE_CLOSE) {
        verdict = check_close(&head, data, size);
    }
    if (verdict != 1) {
        return verdict;
    }
    frames->left = head.payload;
    frames->is_closed = head.opcode == OPCODE_CLOSE;
    if (head.opcode < OPCODE_CLOSE) {
        frames->is_message_open = !head.is_final;
    }
    return (ssize_t) head.size;
}

ssize_t
hp_frames_take(struct hp_frames *frames, const uint8_t *data, size_t size)
{
    size_t taken = 0;
    while (taken < size) {
        size_t count = (size_t) MIN(frames->left, size - taken);
        taken += count;
        frames->left -= count;
        if (taken == size || frames->is_closed) {
            break;
        }
        ssize_t head_size = take_head(frames, data + taken, size - taken);
        if (head_size <= 0) {
            return taken > 0 ? (ssize_t) taken : head_size;
        }
        taken += (size_t) head_size;
    }
    return (ssize_t) taken;
}

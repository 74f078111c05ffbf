// framer.c - datagrams in a stream of bytes.
// Owner: hp_link.  Thread: its owner's.
// RFC 4571 (framing), RFC 8489 section 6.2.2 and RFC 8656 section 12.5 (STUN and TURN over TCP).
#include "tcp/framer.h"

#include <string.h>

#include <glib.h>

#include "wire/bytes.h"

enum {
    LENGTH_SIZE = 2, // of a frame
    STUN_HEADER_SIZE = 20,
    TURN_HEAD_SIZE = 4, // bytes that tell how long a message is
    FIRST_CHANNEL_BYTE = 0x40, // RFC 7983
    LAST_CHANNEL_BYTE = 0x7f,
    LAST_STUN_BYTE = 3,
    DATA_INDICATION = 0x0017, // RFC 8656
    ATTRIBUTE_HEAD_SIZE = 4,
    DATA = 0x0013, // an attribute
    KIND_SIZE = 10, // bytes that tell the kind: both cookies lie within
    COOKIE = 0x2112a442,
    STUN_COOKIE_AT = 4,
};

static size_t
padded(size_t size)
{
    return (size + 3) & ~(size_t) 3;
}

// Begins with either a STUN message or the length of one; only the cookie tells.
static enum hp_framer_kind
find_kind(const uint8_t *data)
{
    if (hp_bytes_u32(data + STUN_COOKIE_AT) == COOKIE) {
        return HP_FRAMER_TURN;
    }
    bool is_framed = hp_bytes_u32(data + LENGTH_SIZE + STUN_COOKIE_AT) == COOKIE;
    return is_framed ? HP_FRAMER_ICE : HP_FRAMER_UNKNOWN;
}

// How many bytes a message has that begins so; 0: no message does.
static size_t
turn_size(const uint8_t *head)
{
    size_t length = hp_bytes_u16(head + 2);
    if (head[0] <= LAST_STUN_BYTE) {
        return length % 4 == 0 ? STUN_HEADER_SIZE + length : 0;
    }
    bool is_channel = head[0] >= FIRST_CHANNEL_BYTE && head[0] <= LAST_CHANNEL_BYTE;
    return is_channel ? TURN_HEAD_SIZE + padded(length) : 0;
}

// How many bytes must be there before it is known how long the message is.
static size_t
head_size(const struct hp_framer *framer)
{
    switch (framer->kind) {
    case HP_FRAMER_UNKNOWN: return KIND_SIZE;
    case HP_FRAMER_ICE: return LENGTH_SIZE;
    case HP_FRAMER_TURN: break;
    }
    return TURN_HEAD_SIZE;
}

// The size of the whole message with its frame, whose head is there; 0: broken.
static size_t
whole_size(struct hp_framer *framer)
{
    size_t size = 0;
    size_t most = HP_FRAMER_HEAD_MAX + HP_FRAMER_DATAGRAM_MAX;
    if (framer->kind == HP_FRAMER_UNKNOWN) {
        framer->kind = find_kind(framer->data);
    }
    switch (framer->kind) {
    case HP_FRAMER_UNKNOWN: return 0;
    case HP_FRAMER_ICE:
        size = LENGTH_SIZE + (size_t) hp_bytes_u16(framer->data);
        most = LENGTH_SIZE + HP_FRAMER_DATAGRAM_MAX;
        break;
    case HP_FRAMER_TURN: size = turn_size(framer->data); break;
    }
    return size <= most ? size : 0;
}

static void
fill(struct hp_framer *framer, size_t wanted, const uint8_t **data, size_t *size)
{
    size_t count = MIN(*size, wanted > framer->size ? wanted - framer->size : 0);
    if (count > 0) {
        memcpy(framer->data + framer->size, *data, count);
        framer->size += count;
        *data += count;
        *size -= count;
    }
}

enum hp_framer_verdict
hp_framer_take(struct hp_framer *framer, const uint8_t **data, size_t *size,
        const uint8_t **datagram, size_t *datagram_size)
{
    if (framer->is_taken) {
        framer->is_taken = false;
        framer->size = 0;
    }
    size_t head = head_size(framer);
    fill(framer, head, data, size);
    if (framer->size < head) {
        return HP_FRAMER_MORE;
    }
    size_t whole = whole_size(framer);
    if (whole == 0 || whole < framer->size) {
        return HP_FRAMER_BROKEN;
    }
    fill(framer, whole, data, size);
    if (framer->size < whole) {
        return HP_FRAMER_MORE;
    }
    size_t skip = framer->kind == HP_FRAMER_ICE ? LENGTH_SIZE : 0;
    memset(framer->data + whole, 0, HP_SERVICE_SPARE);
    framer->is_taken = true;
    *datagram = framer->data + skip;
    *datagram_size = whole - skip;
    return HP_FRAMER_DATAGRAM;
}

// Where the datagram begins that TURN has wrapped; `size`: nowhere.
static size_t
find_inner(const uint8_t *message, size_t size)
{
    bool is_data = size >= STUN_HEADER_SIZE && hp_bytes_u16(message) == DATA_INDICATION;
    size_t at = STUN_HEADER_SIZE;
    if (size > 0 && message[0] >= FIRST_CHANNEL_BYTE) {
        return MIN(TURN_HEAD_SIZE, size);
    }
    while (is_data && at + ATTRIBUTE_HEAD_SIZE < size) {
        if (hp_bytes_u16(message + at) == DATA) {
            return at + ATTRIBUTE_HEAD_SIZE;
        }
        at += ATTRIBUTE_HEAD_SIZE + padded(hp_bytes_u16(message + at + 2));
    }
    return size;
}

bool
hp_framer_is_media(enum hp_framer_kind kind, const uint8_t *datagram, size_t size)
{
    size_t at = kind == HP_FRAMER_TURN ? find_inner(datagram, size) : 0;
    return at < size && datagram[at] > LAST_STUN_BYTE;
}

size_t
hp_framer_write(enum hp_framer_kind kind, const uint8_t *datagram, size_t size, uint8_t *to,
        size_t room)
{
    bool is_ice = kind == HP_FRAMER_ICE;
    bool is_channel = !is_ice && size > 0 && datagram[0] >= FIRST_CHANNEL_BYTE;
    size_t head = is_ice ? LENGTH_SIZE : 0;
    size_t whole = head + (is_channel ? padded(size) : size);
    if (size > UINT16_MAX || whole > room) {
        return 0;
    }
    if (is_ice) {
        hp_bytes_put_u16(to, (uint16_t) size);
    }
    memcpy(to + head, datagram, size);
    memset(to + head + size, 0, whole - head - size);
    return whole;
}

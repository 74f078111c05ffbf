// rtp.c - RTP headers with one-byte header extensions, sequence numbers and RTX payloads.
// Owner: none, pure.  Thread: any.
// RFC 3550 section 5.1, RFC 8285 section 4.2, RFC 4588 section 4.
#include "wire/rtp.h"

#include <string.h>

#include "wire/bytes.h"

enum {
    HEADER_SIZE = 12,
    EXTENSION_HEADER_SIZE = 4,
    ONE_BYTE_PROFILE = 0xbede,
    ONE_BYTE_STOP = 15, // this id ends the list, RFC 8285 section 4.2
};

static void
parse_element(const uint8_t *value, size_t size, struct hp_rtp *rtp, uint8_t id,
        const struct hp_rtp_ext_ids *ids)
{
    if (id == ids->mid && size <= HP_RTP_MID_MAX) {
        memcpy(rtp->mid, value, size);
        rtp->mid[size] = '\0';
    } else if (id == ids->transport_seq && size == 2) {
        rtp->has_transport_seq = true;
        rtp->transport_seq = hp_bytes_u16(value);
    } else if (id == ids->playout_delay && size == 3) {
        uint32_t delays = hp_bytes_u24(value);
        rtp->has_playout_delay = true;
        rtp->playout_min = (uint16_t) (delays >> 12);
        rtp->playout_max = (uint16_t) (delays & HP_RTP_PLAYOUT_DELAY_MAX);
    } else if (id == ids->abs_send_time && size == 3) {
        rtp->has_abs_send_time = true;
        rtp->abs_send_time = hp_bytes_u24(value);
    }
}

// Reads the elements. False: an element reaches beyond the block.
static bool
parse_one_byte_elements(
        const uint8_t *data, size_t size, const struct hp_rtp_ext_ids *ids, struct hp_rtp *rtp)
{
    size_t offset = 0;
    while (offset < size) {
        uint8_t id = data[offset] >> 4;
        size_t length = (data[offset] & 15u) + 1;
        if (id == ONE_BYTE_STOP) {
            return true;
        }
        offset++;
        if (id == 0) {
            continue; // padding has no length
        }
        if (length > size - offset) {
            return false;
        }
        parse_element(data + offset, length, rtp, id, ids);
        offset += length;
    }
    return true;
}

// Returns the bytes of the extension block at `data`; -1: malformed.
static ssize_t
parse_extensions(
        const uint8_t *data, size_t size, const struct hp_rtp_ext_ids *ids, struct hp_rtp *rtp)
{
    if (size < EXTENSION_HEADER_SIZE) {
        return -1;
    }
    size_t block_size = (size_t) hp_bytes_u16(data + 2) * 4;
    if (block_size > size - EXTENSION_HEADER_SIZE) {
        return -1;
    }
    bool is_fine = hp_bytes_u16(data) != ONE_BYTE_PROFILE
            || parse_one_byte_elements(data + EXTENSION_HEADER_SIZE, block_size, ids, rtp);
    return is_fine ? (ssize_t) (EXTENSION_HEADER_SIZE + block_size) : -1;
}

ssize_t
hp_rtp_parse(const uint8_t *data, size_t size, const struct hp_rtp_ext_ids *ids, struct hp_rtp *rtp)
{
    *rtp = (struct hp_rtp){ 0 };
    if (size < HEADER_SIZE || data[0] >> 6 != 2) {
        return -1;
    }
    size_t header_size = HEADER_SIZE + (data[0] & 15u) * 4;
    if (header_size > size) {
        return -1;
    }
    rtp->is_last = (data[1] & 0x80) != 0;
    rtp->payload_type = data[1] & 0x7f;
    rtp->seq = hp_bytes_u16(data + 2);
    rtp->timestamp = hp_bytes_u32(data + 4);
    rtp->ssrc = hp_bytes_u32(data + 8);
    if ((data[0] & 0x10) != 0) {
        ssize_t block_size = parse_extensions(data + header_size, size - header_size, ids, rtp);
        if (block_size < 0) {
            return -1;
        }
        header_size += (size_t) block_size;
    }
    rtp->payload_size = size - header_size;
    if ((data[0] & 0x20) != 0) {
        size_t padding = data[size - 1];
        if (padding == 0 || padding > rtp->payload_size) {
            return -1;
        }
        rtp->payload_size -= padding;
    }
    return (ssize_t) header_size;
}

// Writes the first byte of an element; returns the place of its value.
static uint8_t *
begin_element(uint8_t *at, uint8_t id, size_t size)
{
    *at = (uint8_t) (id << 4 | (size - 1));
    return at + 1;
}

// Writes the elements, padded to 32 bits; returns the bytes.
static size_t
write_elements(uint8_t *data, const struct hp_rtp_ext_ids *ids, const struct hp_rtp *rtp)
{
    uint8_t *at = data;
    size_t mid_size = strnlen(rtp->mid, HP_RTP_MID_MAX);
    if (ids->mid != 0 && mid_size > 0) {
        at = begin_element(at, ids->mid, mid_size);
        memcpy(at, rtp->mid, mid_size);
        at += mid_size;
    }
    if (ids->transport_seq != 0 && rtp->has_transport_seq) {
        at = begin_element(at, ids->transport_seq, 2);
        hp_bytes_put_u16(at, rtp->transport_seq);
        at += 2;
    }
    if (ids->playout_delay != 0 && rtp->has_playout_delay) {
        at = begin_element(at, ids->playout_delay, 3);
        hp_bytes_put_u24(at, (rtp->playout_min & 0xfffu) << 12 | (rtp->playout_max & 0xfffu));
        at += 3;
    }
    if (ids->abs_send_time != 0 && rtp->has_abs_send_time) {
        at = begin_element(at, ids->abs_send_time, 3);
        hp_bytes_put_u24(at, rtp->abs_send_time);
        at += 3;
    }
    while ((at - data) % 4 != 0) {
        *at++ = 0;
    }
    return (size_t) (at - data);
}

ssize_t
hp_rtp_write(uint8_t *data, size_t size, const struct hp_rtp_ext_ids *ids, const struct hp_rtp *rtp)
{
    uint8_t header[HP_RTP_HEADER_SIZE_MAX];
    uint8_t *block = header + HEADER_SIZE;
    size_t elements_size = write_elements(block + EXTENSION_HEADER_SIZE, ids, rtp);
    size_t header_size = HEADER_SIZE;
    header[0] = 0x80;
    if (elements_size > 0) {
        header[0] |= 0x10;
        hp_bytes_put_u16(block, ONE_BYTE_PROFILE);
        hp_bytes_put_u16(block + 2, (uint16_t) (elements_size / 4));
        header_size += EXTENSION_HEADER_SIZE + elements_size;
    }
    if (header_size > size) {
        return -1;
    }
    header[1] = (uint8_t) ((rtp->is_last ? 0x80 : 0) | (rtp->payload_type & 0x7f));
    hp_bytes_put_u16(header + 2, rtp->seq);
    hp_bytes_put_u32(header + 4, rtp->timestamp);
    hp_bytes_put_u32(header + 8, rtp->ssrc);
    memcpy(data, header, header_size);
    return (ssize_t) header_size;
}

bool
hp_rtp_is_rtcp(const uint8_t *data, size_t size)
{
    return size >= 2 && data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223;
}

int64_t
hp_rtp_unwrap(struct hp_rtp_unwrapper *unwrapper, uint16_t seq)
{
    if (!unwrapper->has_last) {
        unwrapper->has_last = true;
        unwrapper->last = seq;
        return seq;
    }
    int16_t distance = (int16_t) (uint16_t) (seq - (uint16_t) unwrapper->last);
    int64_t unwrapped = unwrapper->last + distance;
    if (distance > 0) {
        unwrapper->last = unwrapped;
    }
    return unwrapped;
}

void
hp_rtp_write_osn(uint8_t data[HP_RTP_OSN_SIZE], uint16_t seq)
{
    hp_bytes_put_u16(data, seq);
}

ssize_t
hp_rtp_parse_osn(const uint8_t *data, size_t size, uint16_t *seq)
{
    if (size < HP_RTP_OSN_SIZE) {
        return -1;
    }
    *seq = hp_bytes_u16(data);
    return HP_RTP_OSN_SIZE;
}

// depacketize.c - restores the encoded picture or sound from a frame's RTP payloads.
// Owner: none, pure.  Thread: any.
// RFC 7741 section 4.2 (VP8 descriptor), RFC 6184 sections 5.6 to 5.8 (single NAL unit, STAP-A,
// FU-A), RFC 7587 (Opus).
#include "wire/depacketize.h"

#include <stdbool.h>
#include <string.h>

#include "wire/bytes.h"

enum {
    VP8_EXTENDED = 0x80,
    VP8_START_OF_PARTITION = 0x10,
    VP8_PARTITION_MASK = 0x07,
    NAL_TYPE_MASK = 0x1f,
    NAL_IMPORTANCE_MASK = 0x60,
    NAL_FORBIDDEN = 0x80,
    NAL_STAP_A = 24, // from 24 on, types are RTP's own
    NAL_FU_A = 28,
    STAP_A_SIZE_SIZE = 2,
    FU_A_HEADER_SIZE = 2,
    FU_A_START = 0x80,
    FU_A_END = 0x40,
    START_CODE_SIZE = 4,
};

struct output {
    uint8_t *data;
    size_t size, max_size;
    bool is_broken; // out of room, or malformed
    bool is_in_fragment; // a NAL unit has begun and not ended yet
};

static void
put(struct output *output, const uint8_t *data, size_t size)
{
    if (size > output->max_size - output->size) {
        output->is_broken = true;
        return;
    }
    memcpy(output->data + output->size, data, size);
    output->size += size;
}

static void
put_start(struct output *output, uint8_t header)
{
    const uint8_t start[START_CODE_SIZE + 1] = { 0, 0, 0, 1, header };
    unsigned type = header & NAL_TYPE_MASK;
    output->is_broken |= (header & NAL_FORBIDDEN) != 0 || type == 0 || type >= NAL_STAP_A;
    put(output, start, sizeof(start));
}

static void
put_nal(struct output *output, const uint8_t *nal, size_t size)
{
    if (size == 0) {
        output->is_broken = true;
        return;
    }
    put_start(output, nal[0]);
    put(output, nal + 1, size - 1);
}

static void
put_aggregate(struct output *output, const uint8_t *data, size_t size)
{
    output->is_broken |= size == 0;
    while (size > 0 && !output->is_broken) {
        size_t nal_size = size < STAP_A_SIZE_SIZE ? 0 : hp_bytes_u16(data);
        if (nal_size == 0 || nal_size > size - STAP_A_SIZE_SIZE) {
            output->is_broken = true;
            return;
        }
        put_nal(output, data + STAP_A_SIZE_SIZE, nal_size);
        data += STAP_A_SIZE_SIZE + nal_size;
        size -= STAP_A_SIZE_SIZE + nal_size;
    }
}

static void
put_fragment(struct output *output, const uint8_t *payload, size_t size)
{
    if (size <= FU_A_HEADER_SIZE) {
        output->is_broken = true;
        return;
    }
    bool is_start = (payload[1] & FU_A_START) != 0;
    output->is_broken |= is_start == output->is_in_fragment;
    if (is_start) {
        put_start(output,
                (uint8_t) ((payload[0] & (NAL_FORBIDDEN | NAL_IMPORTANCE_MASK))
                        | (payload[1] & NAL_TYPE_MASK)));
    }
    output->is_in_fragment = (payload[1] & FU_A_END) == 0;
    put(output, payload + FU_A_HEADER_SIZE, size - FU_A_HEADER_SIZE);
}

static void
put_h264(struct output *output, const uint8_t *payload, size_t size)
{
    unsigned type = payload[0] & NAL_TYPE_MASK;
    if (type == NAL_FU_A) {
        put_fragment(output, payload, size);
        return;
    }
    output->is_broken |= output->is_in_fragment;
    if (type == NAL_STAP_A) {
        put_aggregate(output, payload + 1, size - 1);
    } else {
        put_nal(output, payload, size);
    }
}

// The descriptor is one byte, as packetize.c writes it.
static void
put_vp8(struct output *output, const uint8_t *payload, size_t size)
{
    bool is_first = output->size == 0;
    bool is_start = (payload[0] & VP8_START_OF_PARTITION) != 0
            && (payload[0] & VP8_PARTITION_MASK) == 0;
    output->is_broken |= (payload[0] & VP8_EXTENDED) != 0 || size < 2 || is_start != is_first;
    put(output, payload + 1, size - 1);
}

size_t
hp_depacketize_bound(const struct hp_frame *frame)
{
    // In a STAP-A a NAL unit of one byte takes three bytes, in the result five.
    size_t start_codes = (size_t) frame->packet_count * START_CODE_SIZE;
    return frame->codec == HP_CODEC_H264 ? frame->size * 2 + start_codes : frame->size;
}

size_t
hp_depacketize(const struct hp_frame *frame, uint8_t *data, size_t max_size)
{
    struct output output = { .data = data, .max_size = max_size };
    for (unsigned i = 0; i < frame->packet_count && !output.is_broken; i++) {
        const uint8_t *payload = frame->payload + frame->packets[i].offset;
        size_t size = frame->packets[i].size;
        if (size == 0) {
            return 0;
        }
        switch (frame->codec) {
        case HP_CODEC_VP8: put_vp8(&output, payload, size); break;
        case HP_CODEC_H264: put_h264(&output, payload, size); break;
        case HP_CODEC_OPUS: put(&output, payload, size); break;
        }
    }
    return output.is_broken || output.is_in_fragment ? 0 : output.size;
}

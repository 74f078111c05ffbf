// packetize.c - cuts encoded frames into RTP payloads.
// Owner: none, pure.  Thread: any.
// RFC 7741 section 4.2 (VP8 descriptor), RFC 6386 section 9.1 (VP8 frame tag), RFC 6184 sections
// 5.6 to 5.8 (single NAL unit, STAP-A, FU-A), RFC 7587 (Opus).
#include "wire/packetize.h"

#include <stdbool.h>
#include <string.h>

#include "wire/bytes.h"

enum {
    VP8_DESCRIPTOR_SIZE = 1,
    VP8_START_OF_PARTITION = 0x10, // S, partition 0
    VP8_TAG_SIZE = 3,
    VP8_KEY_HEADER_SIZE = 10, // tag, start code, width and height
    VP8_START_CODE = 0x9d012a,
};

enum {
    NAL_TYPE_MASK = 0x1f,
    NAL_IMPORTANCE_MASK = 0x60,
    NAL_FORBIDDEN = 0x80,
    NAL_IDR = 5,
    NAL_DELIMITER = 9, // 9 to 12: delimiter, ends of sequence and stream, filler
    NAL_FILLER = 12,
    NAL_STAP_A = 24, // from 24 on, types are RTP's own
    NAL_FU_A = 28,
    STAP_A_HEADER_SIZE = 1,
    STAP_A_SIZE_SIZE = 2,
    FU_A_HEADER_SIZE = 2,
    FU_A_START = 0x80,
    FU_A_END = 0x40,
};

// A NAL unit in an access unit, and the place where the search for the next one begins.
struct nal {
    const uint8_t *data;
    size_t size;
    const uint8_t *next;
};

// The smallest size of equal chunks, each of at most `max_size`, that together hold `size` bytes.
static size_t
chunk_size(size_t size, size_t max_size)
{
    size_t count = (size + max_size - 1) / max_size;
    return (size + count - 1) / count;
}

static void
mark_last(struct hp_frame *frame)
{
    frame->packets[frame->packet_count - 1].is_last = true;
}

// Reads the frame tag. False: not a VP8 frame.
static bool
vp8_is_keyframe(const uint8_t *data, size_t size, bool *is_keyframe)
{
    if (size < VP8_TAG_SIZE) {
        return false;
    }
    *is_keyframe = (data[0] & 1) == 0;
    return !*is_keyframe
            || (size >= VP8_KEY_HEADER_SIZE && hp_bytes_u24(data + VP8_TAG_SIZE) == VP8_START_CODE);
}

static struct hp_frame *
packetize_vp8(const uint8_t *data, size_t size)
{
    bool is_keyframe;
    if (!vp8_is_keyframe(data, size, &is_keyframe)) {
        return NULL;
    }
    size_t chunk = chunk_size(size, HP_PAYLOAD_MAX - VP8_DESCRIPTOR_SIZE);
    size_t count = (size + chunk - 1) / chunk;
    size_t total_size = size + count * VP8_DESCRIPTOR_SIZE;
    if (count > HP_FRAME_PACKETS_MAX || total_size > HP_FRAME_SIZE_MAX) {
        return NULL;
    }
    struct hp_frame *frame = hp_frame_create(HP_CODEC_VP8, (unsigned) count, total_size);
    frame->is_keyframe = is_keyframe;
    for (size_t offset = 0; offset < size; offset += chunk) {
        size_t part = size - offset < chunk ? size - offset : chunk;
        uint8_t *payload = hp_frame_add_packet(frame, VP8_DESCRIPTOR_SIZE + part);
        payload[0] = offset == 0 ? VP8_START_OF_PARTITION : 0;
        memcpy(payload + VP8_DESCRIPTOR_SIZE, data + offset, part);
    }
    mark_last(frame);
    return frame;
}

// The start code 00 00 01 at or after `data`; `end` if there is none.
static const uint8_t *
find_start_code(const uint8_t *data, const uint8_t *end)
{
    while (end - data >= 3) {
        const uint8_t *one = memchr(data + 2, 1, (size_t) (end - data) - 2);
        if (one == NULL) {
            return end;
        }
        if (one[-1] == 0 && one[-2] == 0) {
            return one - 2;
        }
        data = one - 1;
    }
    return end;
}

static bool
is_carried(const struct nal *nal)
{
    unsigned type = nal->data[0] & NAL_TYPE_MASK;
    return type > 0 && type < NAL_STAP_A && !(type >= NAL_DELIMITER && type <= NAL_FILLER);
}

// Finds the next NAL unit to send, from nal->next on. False: none is left.
static bool
next_nal(struct nal *nal, const uint8_t *end)
{
    const uint8_t *start = nal->next;
    while (end - start > 3) {
        nal->data = start + 3;
        nal->next = find_start_code(nal->data, end);
        const uint8_t *nal_end = nal->next;
        while (nal_end > nal->data && nal_end[-1] == 0) {
            nal_end--; // zeros behind a NAL unit belong to the next start code
        }
        nal->size = (size_t) (nal_end - nal->data);
        if (nal->size > 0 && is_carried(nal)) {
            return true;
        }
        start = nal->next;
    }
    return false;
}

// Adds a NAL unit in pieces (FU-A). False: the frame is full.
static bool
add_fragments(struct hp_frame *frame, const struct nal *nal)
{
    const uint8_t *body = nal->data + 1;
    size_t size = nal->size - 1;
    size_t chunk = chunk_size(size, HP_PAYLOAD_MAX - FU_A_HEADER_SIZE);
    for (size_t offset = 0; offset < size; offset += chunk) {
        size_t part = size - offset < chunk ? size - offset : chunk;
        uint8_t *payload = hp_frame_add_packet(frame, FU_A_HEADER_SIZE + part);
        if (payload == NULL) {
            return false;
        }
        payload[0] = (uint8_t) ((nal->data[0] & NAL_IMPORTANCE_MASK) | NAL_FU_A);
        payload[1] = (uint8_t) (nal->data[0] & NAL_TYPE_MASK);
        payload[1] |= offset == 0 ? FU_A_START : 0;
        payload[1] |= offset + part == size ? FU_A_END : 0;
        memcpy(payload + FU_A_HEADER_SIZE, body + offset, part);
    }
    return true;
}

// How many NAL units, from `first` on, fit together into one STAP-A, and its size.
static unsigned
measure_aggregate(const struct nal *first, const uint8_t *end, size_t *size)
{
    struct nal nal = *first;
    unsigned count = 0;
    *size = STAP_A_HEADER_SIZE;
    do {
        size_t grown_size = *size + STAP_A_SIZE_SIZE + nal.size;
        if (grown_size > HP_PAYLOAD_MAX) {
            break;
        }
        *size = grown_size;
        count++;
    } while (next_nal(&nal, end));
    return count;
}

// Writes `count` NAL units from `nal` on into a STAP-A; leaves `nal` at the last of them.
static void
write_aggregate(uint8_t *payload, struct nal *nal, const uint8_t *end, unsigned count)
{
    uint8_t importance = 0;
    uint8_t *at = payload + STAP_A_HEADER_SIZE;
    for (unsigned i = 0; i < count; i++) {
        if (i > 0) {
            next_nal(nal, end);
        }
        uint8_t nal_importance = nal->data[0] & NAL_IMPORTANCE_MASK;
        importance = nal_importance > importance ? nal_importance : importance;
        hp_bytes_put_u16(at, (uint16_t) nal->size);
        memcpy(at + STAP_A_SIZE_SIZE, nal->data, nal->size);
        at += STAP_A_SIZE_SIZE + nal->size;
    }
    payload[0] = importance | NAL_STAP_A;
}

// Adds the NAL unit `nal`, and the following ones that fit into the same packet. False: the frame
// is full.
static bool
add_nals(struct hp_frame *frame, struct nal *nal, const uint8_t *end)
{
    if (nal->size > HP_PAYLOAD_MAX) {
        return add_fragments(frame, nal);
    }
    size_t size;
    unsigned count = measure_aggregate(nal, end, &size);
    uint8_t *payload = hp_frame_add_packet(frame, count > 1 ? size : nal->size);
    if (payload == NULL) {
        return false;
    }
    if (count > 1) {
        write_aggregate(payload, nal, end, count);
    } else {
        memcpy(payload, nal->data, nal->size);
    }
    return true;
}

// Measures an access unit. False: it is malformed, or has no NAL unit to send.
static bool
scan_h264(struct nal nal, const uint8_t *end, size_t *nal_count, bool *is_keyframe)
{
    *nal_count = 0;
    *is_keyframe = false;
    while (next_nal(&nal, end)) {
        if ((nal.data[0] & NAL_FORBIDDEN) != 0) {
            return false;
        }
        *is_keyframe = *is_keyframe || (nal.data[0] & NAL_TYPE_MASK) == NAL_IDR;
        ++*nal_count;
    }
    return *nal_count > 0;
}

static struct hp_frame *
packetize_h264(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    struct nal nal = { .next = find_start_code(data, end) };
    size_t nal_count;
    bool is_keyframe;
    for (const uint8_t *byte = data; byte < nal.next; byte++) {
        if (*byte != 0) {
            return NULL; // not Annex B
        }
    }
    if (size > HP_FRAME_SIZE_MAX || !scan_h264(nal, end, &nal_count, &is_keyframe)) {
        return NULL;
    }
    // A NAL unit costs at most one packet (or, in a STAP-A, its size), and every full payload one
    // more.
    size_t max_packets = nal_count + size / (HP_PAYLOAD_MAX - FU_A_HEADER_SIZE) + 1;
    max_packets = max_packets < HP_FRAME_PACKETS_MAX ? max_packets : HP_FRAME_PACKETS_MAX;
    size_t max_size = size + nal_count * STAP_A_SIZE_SIZE + max_packets * FU_A_HEADER_SIZE;
    max_size = max_size < HP_FRAME_SIZE_MAX ? max_size : HP_FRAME_SIZE_MAX;
    struct hp_frame *frame = hp_frame_create(HP_CODEC_H264, (unsigned) max_packets, max_size);
    frame->is_keyframe = is_keyframe;
    while (next_nal(&nal, end)) {
        if (!add_nals(frame, &nal, end)) {
            hp_frame_unref(frame);
            return NULL;
        }
    }
    mark_last(frame);
    return frame;
}

// Each Opus packet can be decoded alone, so each is a "keyframe". The marker bit stays off: for
// sound it means the begin of a talkspurt.
static struct hp_frame *
packetize_opus(const uint8_t *data, size_t size)
{
    if (size > HP_PAYLOAD_MAX) {
        return NULL;
    }
    struct hp_frame *frame = hp_frame_create(HP_CODEC_OPUS, 1, size);
    frame->is_keyframe = true;
    memcpy(hp_frame_add_packet(frame, size), data, size);
    return frame;
}

struct hp_frame *
hp_packetize(enum hp_codec codec, const uint8_t *data, size_t size)
{
    if (size == 0) {
        return NULL;
    }
    switch (codec) {
    case HP_CODEC_VP8: return packetize_vp8(data, size);
    case HP_CODEC_H264: return packetize_h264(data, size);
    case HP_CODEC_OPUS: return packetize_opus(data, size);
    }
    return NULL;
}

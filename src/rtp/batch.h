// batch.h - packets of one track whose headers are written before the packets are sent together. A
// batch lives on the stack of a function of the peer's worker; the payloads are not copied.
// RFC 3550 (RTP), RFC 4588 (RTX), RFC 8285 (header extensions).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rtp_transport.h"
#include "wire/rtp.h"

struct hp_agreed;
struct hp_frame;

// What the headers of all packets of a track have in common. Part of a sender.
struct hp_batch_track {
    uint32_t ssrc, rtx_ssrc;
    uint8_t payload_type;
    int rtx_payload_type; // -1: none
    struct hp_rtp_ext_ids ext_ids;
    char mid[HP_RTP_MID_MAX + 1];
};

// What differs in the header of each packet.
struct hp_batch_numbers {
    uint16_t seq;
    uint16_t transport_seq; // transport-wide
    uint32_t timestamp; // RTP time
    uint32_t abs_send_time; // as hp_batch_send_time() returns it
};

// Filled by hp_batch_init(); zeroing a batch would cost more than writing the headers.
struct hp_batch {
    const struct hp_batch_track *track;
    struct hp_rtp rtp; // the header of the last packet
    unsigned count;
    struct hp_rtp_packet packets[HP_RTP_BATCH_MAX];
    uint8_t headers[HP_RTP_BATCH_MAX][HP_RTP_HEADER_SIZE_MAX];
    uint8_t prefixes[HP_RTP_BATCH_MAX][HP_RTP_OSN_SIZE];
};

// Takes over what was agreed. False: headers look different from now on, so no packet sent so far
// can be written again byte for byte.
bool hp_batch_track_configure(struct hp_batch_track *track, const struct hp_agreed *agreed);

// Begins an empty batch. `track` outlives the batch and does not change meanwhile.
void hp_batch_init(struct hp_batch *batch, const struct hp_batch_track *track);

// Adds packet `index` of a frame under these numbers. The frame outlives the batch. The caller sees
// to it that the batch has room (count < HP_RTP_BATCH_MAX).
void hp_batch_add(struct hp_batch *batch, const struct hp_batch_numbers *numbers,
        const struct hp_frame *frame, unsigned index);

// Adds the packet as RTX: `numbers` are those of the RTX packet, `original_seq` is the number under
// which the packet was sent first. Only where RTX is agreed.
void hp_batch_add_rtx(struct hp_batch *batch, const struct hp_batch_numbers *numbers,
        uint16_t original_seq, const struct hp_frame *frame, unsigned index);

// A moment of hp_clock in the format of the header extension abs-send-time: 6 bits of seconds and
// 18 bits of a second's fraction.
uint32_t hp_batch_send_time(int64_t now_us);

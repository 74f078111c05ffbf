// audio_time.h - RTP times of Opus packets without seams. Embedded; its owner's thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_audio_time {
    bool has_next;
    uint32_t next; // RTP time at which the next packet begins
};

// The RTP time of a packet that was captured at `captured` (48 kHz): the end of the previous
// packet, unless that is so far away that sound is missing between them. The packet's own length is
// read from its first bytes (RFC 6716 section 3.1).
uint32_t hp_audio_time_next(
        struct hp_audio_time *time, uint32_t captured, const uint8_t *packet, size_t size);

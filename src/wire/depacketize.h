// depacketize.h - restores the encoded picture or sound from a frame's RTP payloads: the inverse of
// packetize.h. Pure. RFC 7741 (VP8), RFC 6184 (H.264), RFC 7587 (Opus).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

// The most bytes that hp_depacketize() writes for this frame.
size_t hp_depacketize_bound(const struct hp_frame *frame);

// Writes data for a decoder: a VP8 frame, an H.264 access unit with a start code of four bytes
// before each NAL unit (Annex B), or an Opus packet. Returns its size; 0: the payloads are not
// those of a whole frame, or max_size is too small.
size_t hp_depacketize(const struct hp_frame *frame, uint8_t *data, size_t max_size);

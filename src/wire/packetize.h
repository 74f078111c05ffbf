// packetize.h - encoded frames as RTP payloads. Pure but for the frame it allocates.
// RFC 7741 (VP8), RFC 6184 (H.264, packetization-mode 1), RFC 7587 (Opus).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

// Makes a frame of the payloads of `data`: a VP8 frame, an H.264 access unit with start codes
// (Annex B), or one Opus packet. Sets codec, keyframe mark and, of pictures, the last packet's
// mark; numbers and times are the caller's. NULL: empty, malformed or beyond the limits of frame.h.
// The payloads of a frame are of equal size but the last, as far as the codec allows.
struct hp_frame *hp_packetize(enum hp_codec codec, const uint8_t *data, size_t size);

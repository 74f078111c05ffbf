// packetize.h - cuts encoded frames into RTP payloads. Pure, but allocates a frame.
// RFC 7741 (VP8), RFC 6184 (H.264, packetization-mode 1), RFC 7587 (Opus).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

// Makes a frame with the payloads of `data`: a VP8 frame, an H.264 access unit with start codes
// (Annex B), or one Opus packet. Sets the codec, the keyframe mark and, for pictures, the mark of
// the last packet; the caller sets numbers and times. All payloads but the last have the same size,
// as far as the codec allows. NULL: `data` is empty, malformed or beyond the limits of
// base/frame.h. Owner: the caller, with one reference.
struct hp_frame *hp_packetize(enum hp_codec codec, const uint8_t *data, size_t size);

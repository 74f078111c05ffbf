// negotiate_codec.h - writes our codecs into a description, and finds them in the browser's. Pure.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

struct hp_sdp;
struct hp_sdp_media;
struct hp_section;

// Adds the codecs that we can send to our m-line, with rtcp-fb, RTX and extensions: all of our
// codecs of the section's kind if we offer the section anew, else only the agreed one.
void hp_negotiate_write_codecs(const enum hp_codec *codecs, unsigned count,
        const struct hp_section *section, struct hp_sdp *sdp, struct hp_sdp_media *media);

// Chooses a codec of ours that `media` has too, and notes the codec with payload types, feedback
// and extension numbers in the section. `is_answer`: the order of `media` decides, else our own
// order. False: no codec is common.
bool hp_negotiate_choose_codec(const enum hp_codec *codecs, unsigned count,
        const struct hp_sdp_media *media, bool is_answer, struct hp_section *section);

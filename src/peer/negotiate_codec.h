// negotiate_codec.h - the codecs that we can put into a description, and finding them in another's.
// Pure.
#pragma once

#include <stdbool.h>

#include "base/frame.h"

struct hp_sdp;
struct hp_sdp_media;
struct hp_section;

// Adds to our m-line what we can send: all of our codecs of the section's kind for a section
// that we offer anew, only the agreed one otherwise; with rtcp-fb, RTX and extensions.
void hp_negotiate_write_codecs(const enum hp_codec *codecs, unsigned count,
        const struct hp_section *section, struct hp_sdp *sdp, struct hp_sdp_media *media);

// Chooses a codec of ours that `media` has too, and notes it with payload types, feedback and
// extension numbers in the section. `is_answer`: the order of `media` counts, else our own.
bool hp_negotiate_choose_codec(const enum hp_codec *codecs, unsigned count,
        const struct hp_sdp_media *media, bool is_answer, struct hp_section *section);

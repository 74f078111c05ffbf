// plan.h - all m-lines of a connection as they were agreed or offered. A value; pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "wire/rtp.h"
#include "wire/sdp.h"

enum {
    HP_MID_MAX = 32, // bytes of a mid; longer ones are refused
};

// One m-line as it was agreed or offered.
struct hp_section {
    enum hp_sdp_kind kind;
    char mid[HP_MID_MAX + 1];
    char kind_name[16], proto[32], formats[64]; // to repeat an m-line that we do not support
    bool is_rejected;
    bool is_ours;  // we offered it first: the payload types are those of our table
    bool is_track; // our track of that kind is sent here
    enum hp_sdp_direction direction; // as our descriptions have it
    // The agreed codec; valid when `has_codec`.
    bool has_codec;
    enum hp_codec codec;
    uint8_t payload_type;
    int rtx_payload_type; // -1: none
    unsigned feedback;    // HP_SDP_FB_*
    uint8_t h264_profile[2];
    struct hp_rtp_ext_ids ext_ids;
};

// All m-lines, in order. Zeroed: nothing agreed yet.
struct hp_plan {
    unsigned section_count;
    struct hp_section sections[HP_SDP_MEDIA_MAX];
    enum hp_sdp_setup setup; // our DTLS role once it is known: active or passive
    bool lacks_video_codec;  // the browser has a place for video, but decodes none of our codecs
};

// The kind of the track that a section of sound or picture carries.
enum hp_track_kind hp_section_track_kind(const struct hp_section *section);

// The section that carries our track of that kind, or the data channels; NULL: none was agreed.
const struct hp_section *hp_plan_find_track(const struct hp_plan *plan, enum hp_track_kind kind);
const struct hp_section *hp_plan_find_data(const struct hp_plan *plan);

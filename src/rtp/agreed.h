// agreed.h - what was agreed with the browser about one track. A value; whoever negotiates fills it
// in.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "wire/rtp.h"

// Zeroed: the browser does not want the track.
struct hp_agreed {
    bool is_wanted; // the browser receives the track; else nothing below counts
    enum hp_codec codec;
    uint8_t payload_type;
    int rtx_payload_type; // RFC 4588; -1: none
    bool has_nack; // RFC 4585: lost packets are asked for
    struct hp_rtp_ext_ids ext_ids;
    char mid[HP_RTP_MID_MAX + 1]; // "": none that fits into the header extension
};

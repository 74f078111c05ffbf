// agreed.h - what server and browser have agreed about one track. A value, which the negotiation
// fills in.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "wire/rtp.h"

// Zeroed: the browser does not want the track.
struct hp_agreed {
    bool is_wanted; // the browser receives the track; if not, the other members mean nothing
    enum hp_codec codec;
    uint8_t payload_type;
    int rtx_payload_type; // RFC 4588; -1: none
    bool has_nack; // RFC 4585: the browser asks for lost packets
    struct hp_rtp_ext_ids ext_ids;
    char mid[HP_RTP_MID_MAX + 1]; // empty: no mid that fits into the header extension
};

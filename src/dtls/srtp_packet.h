// srtp_packet.h - an RTP packet on its way into SRTP, and how many streams of packets there may be.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    HP_SRTP_SSRCS_MAX = 32, // of each direction of one browser
};

// An RTP packet in up to three pieces, all borrowed. `prefix` is the payload header that stands
// before a shared payload: RTX's original sequence number. NULL with size 0 when there is none.
struct hp_srtp_packet {
    const uint8_t *header; // RTP header with its extensions: authenticated, in clear
    size_t header_size;
    const uint8_t *prefix; // encrypted
    size_t prefix_size;
    const uint8_t *payload; // encrypted; shared by all viewers, never written
    size_t payload_size;
};

// twcc.h - parses the feedback of transport-wide congestion control. Pure.
// draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hp_rtcp_packet;

// A feedback about more packets is refused: browsers send one feedback every 50 to 250 ms.
enum {
    HP_TWCC_ITEMS_MAX = 4096
};

struct hp_twcc_item {
    uint16_t seq;
    bool is_received;
    int32_t delta_us; // since the received packet before it; for the first one: since reference_us
};

struct hp_twcc {
    uint32_t sender_ssrc;
    uint32_t media_ssrc;
    uint8_t feedback_count; // grows by one with each feedback
    int64_t reference_us; // on the receiver's clock, in steps of 64 ms; wraps after 2^24 steps
    unsigned item_count;
    struct hp_twcc_item items[HP_TWCC_ITEMS_MAX];
};

// The number of packets that the feedback is about, without parsing it; 0: the packet is no
// transport-wide feedback.
unsigned hp_twcc_count(const struct hp_rtcp_packet *packet);

// Parses a packet of type HP_RTCP_RTPFB and format HP_RTCP_TWCC. Returns the bytes consumed; -1:
// malformed.
ssize_t hp_twcc_parse(const struct hp_rtcp_packet *packet, struct hp_twcc *twcc);

// rtp_transport.h - trait: protects RTP and RTCP packets and sends them to one browser. Implemented
// by DTLS-SRTP. All calls on the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HP_RTP_BATCH_MAX = 40, // packets that are protected before they are sent together
};

// An RTP packet in three pieces, all borrowed. The prefix is the payload header in front of a
// shared payload: RTX's original sequence number (RFC 4588). NULL with size 0: no prefix.
struct hp_rtp_packet {
    const uint8_t *header; // RTP header with its extensions: authenticated, in clear
    size_t header_size; // bytes, like the other sizes
    const uint8_t *prefix; // encrypted
    size_t prefix_size;
    const uint8_t *payload; // encrypted; shared by all viewers, never written
    size_t payload_size;
};

struct hp_rtp_transport;

struct hp_rtp_transport_ops {
    // Are there keys? Once there are, they stay for the life of the transport.
    bool (*is_connected)(const struct hp_rtp_transport *transport);

    // Protects the packets and sends them in order, in as few system calls as possible. Returns how
    // many packets were taken; fewer than `count`: the path is blocked. A packet that was taken has
    // used up its number; one that was not taken has not been protected, so its number is free
    // for another. Without keys the transport takes all packets and loses them.
    unsigned (*send_rtp)(struct hp_rtp_transport *transport, const struct hp_rtp_packet *packets,
            unsigned count);

    // Protects a compound RTCP packet of `size` bytes (borrowed) and sends it. The packet is lost
    // when the path is blocked or there are no keys.
    void (*send_rtcp)(struct hp_rtp_transport *transport, const uint8_t *data, size_t size);
};

// Part of the object that implements the trait.
struct hp_rtp_transport {
    const struct hp_rtp_transport_ops *ops;
};

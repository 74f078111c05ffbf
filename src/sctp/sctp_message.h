// sctp_message.h - a message as an association sends and receives it, and the limits of messages.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HP_SCTP_PORT = 5000,
    HP_SCTP_STREAMS = 64, // of each direction: ids 0..63, for twice HP_CHANNELS_MAX channels
    HP_SCTP_MESSAGE_MAX = 256 * 1024, // bytes; our a=max-message-size
};

enum hp_sctp_reliability {
    HP_SCTP_RELIABLE,
    HP_SCTP_MAX_RETRANSMITS, // reliability_value: times
    HP_SCTP_MAX_LIFETIME, // reliability_value: milliseconds
};

struct hp_sctp_message {
    uint16_t stream;
    uint32_t ppid; // host byte order, see wire/dcep.h
    bool is_unordered;
    enum hp_sctp_reliability reliability; // outbound only
    uint32_t reliability_value;
    bool is_brief; // outbound only: refused rather than kept waiting
    const uint8_t *data; // borrowed
    size_t size;
};

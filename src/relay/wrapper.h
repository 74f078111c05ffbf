// wrapper.h - what TURN puts around a datagram for its client: ChannelData (RFC 8656 section 12.4)
// where the client has bound a channel, else a Data indication (section 11.3). Pure.
//
//   |  channel (16)  |  length (16)  |  datagram                                   ChannelData
//   |  Data indication  |  XOR-PEER-ADDRESS  |  DATA: datagram, padded to 4 bytes  |
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_addr;

enum {
    HP_WRAPPER_CHANNEL_SIZE = 4,
    HP_WRAPPER_HEAD_MAX = 20 + 24 + 4, // before the datagram
    HP_WRAPPER_OVERHEAD_MAX = HP_WRAPPER_HEAD_MAX + 3, // with the padding
};

// Of one run of datagrams; the indications of a run share one random transaction id.
struct hp_wrapper {
    uint8_t head[HP_WRAPPER_HEAD_MAX];
    size_t head_size;
    bool is_channel;
};

// `channel` 0: a Data indication. `peer`: who the datagrams come from. Any thread.
void hp_wrapper_init(struct hp_wrapper *wrapper, uint16_t channel, const struct hp_addr *peer);

// Writes a datagram in its envelope. Returns the size; 0: `size` and the overhead are more than
// `room`, or more than a length can say. Any thread.
size_t hp_wrapper_write(struct hp_wrapper *wrapper, const uint8_t *data, size_t size,
        uint8_t *to, size_t room);

// Reads ChannelData: the channel, and the datagram inside the message. False: the message is cut.
// Any thread.
bool hp_wrapper_read_channel(const uint8_t *message, size_t message_size, uint16_t *channel,
        const uint8_t **data, size_t *size);

// envelope.h - what TURN puts around a datagram for its client: ChannelData (RFC 8656 section 12.4)
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
    HP_ENVELOPE_CHANNEL_SIZE = 4,
    HP_ENVELOPE_HEAD_MAX = 20 + 24 + 4, // before the datagram
    HP_ENVELOPE_OVERHEAD_MAX = HP_ENVELOPE_HEAD_MAX + 3, // with the padding
};

// Of one run of datagrams; the indications of a run share one random transaction id.
struct hp_envelope {
    uint8_t head[HP_ENVELOPE_HEAD_MAX];
    size_t head_size;
    bool is_channel;
};

// `channel` 0: a Data indication. `peer`: who the datagrams come from. Any thread.
void hp_envelope_init(struct hp_envelope *envelope, uint16_t channel, const struct hp_addr *peer);

// Writes a datagram in its envelope. Returns the size; 0: `size` and the overhead are more than
// `room`, or more than a length can say. Any thread.
size_t hp_envelope_write(struct hp_envelope *envelope, const uint8_t *data, size_t size,
        uint8_t *to, size_t room);

// Reads ChannelData: the channel, and the datagram inside the message. False: the message is cut.
// Any thread.
bool hp_envelope_read_channel(const uint8_t *message, size_t message_size, uint16_t *channel,
        const uint8_t **data, size_t *size);

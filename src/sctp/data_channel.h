// data_channel.h - one data channel: its label and reliability, its state, the SCTP messages that
// it sends; and how one is found in a list. Only hp_channels changes the fields. Everything on the
// peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "wire/dcep.h"

struct hp_sctp_message;

// How a channel that we open transports messages; zeroed: ordered and reliable.
struct hp_channel_options {
    bool is_unordered;
    bool has_max_retransmits; // partial reliability; has_max_lifetime is then ignored
    bool has_max_lifetime;
    uint32_t max_retransmits;
    uint32_t max_lifetime_ms;
};

enum hp_data_channel_state {
    HP_DATA_CHANNEL_PENDING, // the association does not stand yet
    HP_DATA_CHANNEL_OPENING,
    HP_DATA_CHANNEL_OPEN,
    HP_DATA_CHANNEL_CLOSING
};

struct hp_data_channel {
    struct hp_dcep_open facts; // label, reliability
    enum hp_data_channel_state state;
    bool is_ours;
    bool is_bound; // its messages go to the function that is bound to its label
    uint16_t stream; // invalid while PENDING
};

// What a channel of that label and with those options (NULL: ordered and reliable) tells the peer.
// False: the label is too long.
bool hp_data_channel_describe(
        const char *label, const struct hp_channel_options *options, struct hp_dcep_open *facts);

// Makes a message of the channel, by its reliability; borrows `data`.
void hp_data_channel_write(const struct hp_data_channel *channel, const void *data, size_t size,
        bool is_text, struct hp_sctp_message *message);

// In a list of struct hp_data_channel, in the order of opening. NULL: there is none.
struct hp_data_channel *hp_data_channel_find_stream(const GPtrArray *list, uint16_t stream);
// The newest open channel of that label, other than `except`.
struct hp_data_channel *hp_data_channel_find_open(
        const GPtrArray *list, const char *label, const struct hp_data_channel *except);
// The one of that label that we have opened and not closed.
struct hp_data_channel *hp_data_channel_find_ours(const GPtrArray *list, const char *label);

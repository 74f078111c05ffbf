// data_channel.c - one data channel, and how it is found in a list.
// Owner: hp_channels.  Thread: the peer's worker, always.
// RFC 8831 (data channels), RFC 8832 (DCEP).
#include "sctp/data_channel.h"

#include <string.h>

#include "sctp/sctp_message.h"

bool
hp_data_channel_describe(
        const char *label, const struct hp_channel_options *options, struct hp_dcep_open *facts)
{
    size_t length = strlen(label);
    if (length > HP_DCEP_TEXT_MAX) {
        return false;
    }
    *facts = (struct hp_dcep_open){ 0 };
    memcpy(facts->label, label, length + 1);
    if (options == NULL) {
        return true;
    }
    facts->is_unordered = options->is_unordered;
    if (options->has_max_retransmits) {
        facts->reliability = HP_DCEP_MAX_RETRANSMITS;
        facts->reliability_value = options->max_retransmits;
    } else if (options->has_max_lifetime) {
        facts->reliability = HP_DCEP_MAX_LIFETIME;
        facts->reliability_value = options->max_lifetime_ms;
    }
    return true;
}

static enum hp_sctp_reliability
find_reliability(const struct hp_data_channel *channel)
{
    switch (channel->facts.reliability) {
    case HP_DCEP_RELIABLE: return HP_SCTP_RELIABLE;
    case HP_DCEP_MAX_RETRANSMITS: return HP_SCTP_MAX_RETRANSMITS;
    case HP_DCEP_MAX_LIFETIME: return HP_SCTP_MAX_LIFETIME;
    }
    return HP_SCTP_RELIABLE;
}

void
hp_data_channel_write(const struct hp_data_channel *channel, const void *data, size_t size,
        bool is_text, struct hp_sctp_message *message)
{
    static const uint8_t nothing[1]; // SCTP has no empty messages
    bool is_empty = size == 0;
    uint32_t full_ppid = is_text ? HP_DCEP_PPID_STRING : HP_DCEP_PPID_BINARY;
    uint32_t empty_ppid = is_text ? HP_DCEP_PPID_STRING_EMPTY : HP_DCEP_PPID_BINARY_EMPTY;
    *message = (struct hp_sctp_message){ .stream = channel->stream,
        .ppid = is_empty ? empty_ppid : full_ppid,
        .is_unordered = channel->facts.is_unordered,
        .reliability = find_reliability(channel),
        .reliability_value = channel->facts.reliability_value,
        .data = is_empty ? nothing : data,
        .size = is_empty ? sizeof(nothing) : size };
}

struct hp_data_channel *
hp_data_channel_find_stream(const GPtrArray *list, uint16_t stream)
{
    for (unsigned i = 0; i < list->len; i++) {
        struct hp_data_channel *channel = g_ptr_array_index(list, i);
        if (channel->state != HP_DATA_CHANNEL_PENDING && channel->stream == stream) {
            return channel;
        }
    }
    return NULL;
}

struct hp_data_channel *
hp_data_channel_find_open(
        const GPtrArray *list, const char *label, const struct hp_data_channel *except)
{
    for (unsigned i = list->len; i > 0; i--) {
        struct hp_data_channel *channel = g_ptr_array_index(list, i - 1);
        if (channel != except && channel->state == HP_DATA_CHANNEL_OPEN
                && strcmp(channel->facts.label, label) == 0) {
            return channel;
        }
    }
    return NULL;
}

struct hp_data_channel *
hp_data_channel_find_ours(const GPtrArray *list, const char *label)
{
    for (unsigned i = 0; i < list->len; i++) {
        struct hp_data_channel *channel = g_ptr_array_index(list, i);
        if (channel->is_ours && channel->state != HP_DATA_CHANNEL_CLOSING
                && strcmp(channel->facts.label, label) == 0) {
            return channel;
        }
    }
    return NULL;
}

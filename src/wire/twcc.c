// twcc.c - parses the feedback of transport-wide congestion control.
// Owner: none, pure.  Thread: any.
// draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1:
//
//    header 4 | sender 4 | media 4 | base seq 2 | status count 2 | reference 3 | feedback count 1 |
//    status chunks, 2 each | receive deltas, 1 or 2 each | zeros up to 32 bits
#include "wire/twcc.h"

#include "wire/bytes.h"
#include "wire/rtcp.h"

enum {
    FIXED_SIZE = 20,
    CHUNK_SIZE = 2,
    DELTA_US = 250,
    REFERENCE_US = 64000,
};

enum symbol {
    NOT_RECEIVED,
    SMALL_DELTA,
    LARGE_DELTA,
    RESERVED
};

// Keeps the symbol in delta_us until the deltas are read. Symbols beyond the count are padding.
static void
add_symbol(struct hp_twcc *twcc, unsigned expected_count, unsigned symbol)
{
    if (twcc->item_count < expected_count) {
        twcc->items[twcc->item_count] = (struct hp_twcc_item){ .delta_us = (int32_t) symbol };
        twcc->item_count++;
    }
}

static void
add_chunk(struct hp_twcc *twcc, unsigned expected_count, unsigned chunk)
{
    if ((chunk & 0x8000) == 0) { // run length: symbol 2 bits, count 13 bits
        for (unsigned i = chunk & 0x1fff; i > 0; i--) {
            add_symbol(twcc, expected_count, chunk >> 13);
        }
    } else if ((chunk & 0x4000) == 0) { // vector of 14 symbols of one bit
        for (int shift = 13; shift >= 0; shift--) {
            add_symbol(twcc, expected_count, chunk >> shift & 1);
        }
    } else { // vector of 7 symbols of two bits
        for (int shift = 12; shift >= 0; shift -= 2) {
            add_symbol(twcc, expected_count, chunk >> shift & 3);
        }
    }
}

// Reads the delta of an item whose delta_us holds its symbol. Returns the bytes; -1: cut short.
static int
parse_delta(const uint8_t *data, size_t size, struct hp_twcc_item *item)
{
    enum symbol symbol = (enum symbol) item->delta_us;
    size_t delta_size = symbol == NOT_RECEIVED ? 0 : symbol == SMALL_DELTA ? 1 : 2;
    if (symbol == RESERVED || size < delta_size) {
        return -1;
    }
    item->is_received = symbol != NOT_RECEIVED;
    item->delta_us = 0;
    if (symbol == SMALL_DELTA) {
        item->delta_us = data[0] * DELTA_US;
    } else if (symbol == LARGE_DELTA) {
        item->delta_us = (int16_t) hp_bytes_u16(data) * DELTA_US;
    }
    return (int) delta_size;
}

unsigned
hp_twcc_count(const struct hp_rtcp_packet *packet)
{
    bool is_twcc = packet->type == HP_RTCP_RTPFB && packet->count == HP_RTCP_TWCC
            && packet->size >= FIXED_SIZE;
    return is_twcc ? hp_bytes_u16(packet->data + 14) : 0;
}

ssize_t
hp_twcc_parse(const struct hp_rtcp_packet *packet, struct hp_twcc *twcc)
{
    const uint8_t *data = packet->data;
    unsigned expected_count = hp_twcc_count(packet);
    if (expected_count == 0 || expected_count > HP_TWCC_ITEMS_MAX) {
        return -1;
    }
    uint16_t base_seq = hp_bytes_u16(data + 12);
    int32_t reference = (int32_t) hp_bytes_u24(data + 16);
    twcc->sender_ssrc = hp_bytes_u32(data + 4);
    twcc->media_ssrc = hp_bytes_u32(data + 8);
    twcc->reference_us =
            (reference >= 0x800000 ? reference - 0x1000000 : reference) * (int64_t) REFERENCE_US;
    twcc->feedback_count = data[19];
    twcc->item_count = 0;
    size_t offset = FIXED_SIZE;
    while (twcc->item_count < expected_count) {
        if (packet->size - offset < CHUNK_SIZE) {
            return -1;
        }
        add_chunk(twcc, expected_count, hp_bytes_u16(data + offset));
        offset += CHUNK_SIZE;
    }
    for (unsigned i = 0; i < expected_count; i++) {
        int delta_size = parse_delta(data + offset, packet->size - offset, &twcc->items[i]);
        if (delta_size < 0) {
            return -1;
        }
        twcc->items[i].seq = (uint16_t) (base_seq + i);
        offset += (size_t) delta_size;
    }
    return (ssize_t) packet->size;
}

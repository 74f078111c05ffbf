// dcep.c - the messages that open data channels.
// Owner: none, pure.  Thread: any.
// RFC 8832 section 5.1:
//
//    0x03 | channel type 1 | priority 2 | reliability 4 | label size 2 | protocol size 2 | texts
#include "wire/dcep.h"

#include <string.h>

#include "wire/bytes.h"

enum {
    TYPE_ACK = 2,
    TYPE_OPEN = 3,
    OPEN_SIZE = 12,
    UNORDERED = 0x80
};

static bool
copy_text(char *text, const uint8_t *data, size_t size)
{
    if (size > HP_DCEP_TEXT_MAX || memchr(data, '\0', size) != NULL) {
        return false;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    return true;
}

ssize_t
hp_dcep_parse_open(const uint8_t *data, size_t size, struct hp_dcep_open *open)
{
    *open = (struct hp_dcep_open){ 0 };
    if (size < OPEN_SIZE || data[0] != TYPE_OPEN) {
        return -1;
    }
    unsigned reliability = data[1] & ~(unsigned) UNORDERED;
    size_t label_size = hp_bytes_u16(data + 8);
    size_t protocol_size = hp_bytes_u16(data + 10);
    if (reliability > HP_DCEP_MAX_LIFETIME || size - OPEN_SIZE < label_size + protocol_size) {
        return -1;
    }
    open->reliability = (enum hp_dcep_reliability) reliability;
    open->is_unordered = (data[1] & UNORDERED) != 0;
    open->priority = hp_bytes_u16(data + 2);
    open->reliability_value = hp_bytes_u32(data + 4);
    bool is_fine = copy_text(open->label, data + OPEN_SIZE, label_size)
            && copy_text(open->protocol, data + OPEN_SIZE + label_size, protocol_size);
    return is_fine ? (ssize_t) (OPEN_SIZE + label_size + protocol_size) : -1;
}

ssize_t
hp_dcep_write_open(uint8_t *data, size_t size, const struct hp_dcep_open *open)
{
    size_t label_size = strnlen(open->label, HP_DCEP_TEXT_MAX);
    size_t protocol_size = strnlen(open->protocol, HP_DCEP_TEXT_MAX);
    size_t open_size = OPEN_SIZE + label_size + protocol_size;
    if (open_size > size) {
        return -1;
    }
    data[0] = TYPE_OPEN;
    data[1] = (uint8_t) (open->reliability | (open->is_unordered ? UNORDERED : 0u));
    hp_bytes_put_u16(data + 2, open->priority);
    hp_bytes_put_u32(data + 4, open->reliability_value);
    hp_bytes_put_u16(data + 8, (uint16_t) label_size);
    hp_bytes_put_u16(data + 10, (uint16_t) protocol_size);
    memcpy(data + OPEN_SIZE, open->label, label_size);
    memcpy(data + OPEN_SIZE + label_size, open->protocol, protocol_size);
    return (ssize_t) open_size;
}

ssize_t
hp_dcep_parse_ack(const uint8_t *data, size_t size)
{
    return size >= HP_DCEP_ACK_SIZE && data[0] == TYPE_ACK ? HP_DCEP_ACK_SIZE : -1;
}

size_t
hp_dcep_write_ack(uint8_t data[HP_DCEP_ACK_SIZE])
{
    data[0] = TYPE_ACK;
    return HP_DCEP_ACK_SIZE;
}

// dcep.h - the messages that open data channels. RFC 8832; PPIDs of RFC 8831 section 8. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    HP_DCEP_PPID = 50,
    HP_DCEP_PPID_STRING = 51,
    HP_DCEP_PPID_BINARY = 53,
    HP_DCEP_PPID_STRING_EMPTY = 56, // one zero byte stands for an empty message
    HP_DCEP_PPID_BINARY_EMPTY = 57,
};

enum {
    HP_DCEP_TEXT_MAX = 255, // bytes of a label or protocol; a longer one is refused
    HP_DCEP_ACK_SIZE = 1,
    HP_DCEP_OPEN_SIZE_MAX = 12 + 2 * HP_DCEP_TEXT_MAX,
};

enum hp_dcep_reliability {
    HP_DCEP_RELIABLE,
    HP_DCEP_MAX_RETRANSMITS, // reliability_value: number of retransmissions
    HP_DCEP_MAX_LIFETIME, // reliability_value: milliseconds
};

struct hp_dcep_open {
    enum hp_dcep_reliability reliability;
    bool is_unordered;
    uint16_t priority;
    uint32_t reliability_value;
    char label[HP_DCEP_TEXT_MAX + 1];
    char protocol[HP_DCEP_TEXT_MAX + 1];
};

// Parses an OPEN. Returns the bytes consumed; -1: another message, cut short, an unknown type, or a
// text that is too long or contains a NUL.
ssize_t hp_dcep_parse_open(const uint8_t *data, size_t size, struct hp_dcep_open *open);

// Writes an OPEN. Returns its bytes, or -1 when `size` is too small.
ssize_t hp_dcep_write_open(uint8_t *data, size_t size, const struct hp_dcep_open *open);

// Parses an ACK: returns the bytes consumed, or -1. Writes an ACK: returns its bytes.
ssize_t hp_dcep_parse_ack(const uint8_t *data, size_t size);
size_t hp_dcep_write_ack(uint8_t data[HP_DCEP_ACK_SIZE]);

// rtp.h - RTP headers with one-byte header extensions, sequence numbers and RTX payloads. Pure.
// RFC 3550, RFC 8285 (one-byte form), RFC 4588 (RTX), RFC 5761 (RTCP beside RTP).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    HP_RTP_MID_MAX = 16, // bytes of a mid that fit into a one-byte extension
    HP_RTP_HEADER_SIZE_MAX = 48, // the most bytes that hp_rtp_write() writes
    HP_RTP_OSN_SIZE = 2,
    HP_RTP_PLAYOUT_DELAY_MAX = 0xfff, // in units of 10 ms
};

// Numbers of the header extensions as negotiated (1..14); 0: not in use.
struct hp_rtp_ext_ids {
    uint8_t mid;
    uint8_t transport_seq;
    uint8_t playout_delay;
    uint8_t abs_send_time;
};

struct hp_rtp {
    bool is_last; // the marker bit
    uint8_t payload_type;
    uint16_t seq;
    uint32_t timestamp;
    uint32_t ssrc;

    char mid[HP_RTP_MID_MAX + 1]; // "": none
    bool has_transport_seq;
    uint16_t transport_seq;
    bool has_playout_delay;
    uint16_t playout_min, playout_max; // units of 10 ms
    bool has_abs_send_time;
    uint32_t abs_send_time; // seconds, 6.18 fixed point

    size_t payload_size; // parse only: bytes after the header, without padding
};

// Parses the header of a packet. Returns the bytes of the header, after which the payload begins;
// -1: not RTP, or cut short. Skips extensions that are unknown or in the two-byte form.
ssize_t hp_rtp_parse(
        const uint8_t *data, size_t size, const struct hp_rtp_ext_ids *ids, struct hp_rtp *rtp);

// Writes a header with the extensions that have both a value and a number. Returns its bytes, at
// most HP_RTP_HEADER_SIZE_MAX; -1: `size` is too small.
ssize_t hp_rtp_write(
        uint8_t *data, size_t size, const struct hp_rtp_ext_ids *ids, const struct hp_rtp *rtp);

// Is the packet RTCP rather than RTP? Both come through one port (RFC 5761).
bool hp_rtp_is_rtcp(const uint8_t *data, size_t size);

// Turns 16-bit sequence numbers into ever-growing ones. Zeroed at first.
struct hp_rtp_unwrapper {
    bool has_last;
    int64_t last;
};

// Returns the number nearest to the highest one so far. The first number is returned unchanged; a
// number before it may come out negative.
int64_t hp_rtp_unwrap(struct hp_rtp_unwrapper *unwrapper, uint16_t seq);

// The original sequence number at the start of an RTX payload; the original payload follows.
void hp_rtp_write_osn(uint8_t data[HP_RTP_OSN_SIZE], uint16_t seq);
ssize_t hp_rtp_parse_osn(const uint8_t *data, size_t size, uint16_t *seq);

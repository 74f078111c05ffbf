// rtcp.h - parses and writes the packets of a compound RTCP packet. Pure.
// RFC 3550 section 6, RFC 4585 (NACK, PLI), RFC 5104 (FIR), draft-alvestrand-rmcat-remb-03 (REMB).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum hp_rtcp_type {
    HP_RTCP_SR = 200,
    HP_RTCP_RR = 201,
    HP_RTCP_SDES = 202,
    HP_RTCP_RTPFB = 205, // count is HP_RTCP_NACK or HP_RTCP_TWCC
    HP_RTCP_PSFB = 206, // count is HP_RTCP_PLI, HP_RTCP_FIR or HP_RTCP_AFB
};

enum {
    HP_RTCP_NACK = 1,
    HP_RTCP_TWCC = 15,
    HP_RTCP_PLI = 1,
    HP_RTCP_FIR = 4,
    HP_RTCP_AFB = 15
};

enum {
    HP_RTCP_REPORTS_MAX = 31,
    HP_RTCP_FIRS_MAX = 16,
    HP_RTCP_REMB_SSRCS_MAX = 16,
    HP_RTCP_CNAME_MAX = 255,
};

// One packet of a compound. Points into the parsed bytes.
struct hp_rtcp_packet {
    uint8_t type; // enum hp_rtcp_type, or an unknown number
    uint8_t count; // report count, or the feedback's format (FMT)
    const uint8_t *data; // with the header
    size_t size; // without padding
};

// Reads the first packet of a compound; call this again with the rest. Returns the bytes consumed
// (with padding); -1: not RTCP, or cut short.
ssize_t hp_rtcp_next(const uint8_t *data, size_t size, struct hp_rtcp_packet *packet);

// A report block of SR and RR.
struct hp_rtcp_report {
    uint32_t ssrc; // of the stream that the block reports on
    uint8_t fraction_lost; // of 256, since the last report
    int32_t lost; // 24 bits, may be negative
    uint32_t highest_seq; // extended
    uint32_t jitter; // in the stream's clock
    uint32_t last_sr; // middle 32 bits of the NTP time of our last SR, 0: none
    uint32_t delay_since_sr; // 1/65536 s
};

struct hp_rtcp_sr {
    uint32_t ssrc;
    uint64_t ntp; // hp_clock_ntp()
    uint32_t rtp_time;
    uint32_t packet_count;
    uint32_t octet_count;
};

// Each parser takes a packet of its type and returns the bytes consumed; -1: another type, or cut
// short.
ssize_t hp_rtcp_parse_sr(const struct hp_rtcp_packet *packet, struct hp_rtcp_sr *sr);

// The report blocks of an SR or RR; returns how many (0..31), or -1.
int hp_rtcp_parse_reports(
        const struct hp_rtcp_packet *packet, struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX]);

// The round trip by LSR and DLSR, in microseconds; -1: the block has none, or an impossible one.
int64_t hp_rtcp_round_trip_us(const struct hp_rtcp_report *report, uint64_t now_ntp);

// A NACK; hp_rtcp_nack_next() walks it. Points into the packet.
struct hp_rtcp_nack {
    uint32_t sender_ssrc;
    uint32_t media_ssrc;
    const uint8_t *items;
    size_t item_count;
    size_t index; // the item that the walk has reached
    unsigned bit; // 0: the packet id itself, 1..16: its bitmask
};

ssize_t hp_rtcp_parse_nack(const struct hp_rtcp_packet *packet, struct hp_rtcp_nack *nack);

// The number of sequence numbers that the NACK names.
unsigned hp_rtcp_nack_count(const struct hp_rtcp_nack *nack);

// Walks to the next lost sequence number. False: there is no further one.
bool hp_rtcp_nack_next(struct hp_rtcp_nack *nack, uint16_t *seq);

ssize_t hp_rtcp_parse_pli(const struct hp_rtcp_packet *packet, uint32_t *media_ssrc);

struct hp_rtcp_fir {
    uint32_t ssrc;
    uint8_t seq; // a repeated number is a repeated packet, not a new request
};

// Returns how many entries were read, or -1.
int hp_rtcp_parse_fir(
        const struct hp_rtcp_packet *packet, struct hp_rtcp_fir firs[HP_RTCP_FIRS_MAX]);

struct hp_rtcp_remb {
    uint64_t rate_bps; // saturates
    unsigned ssrc_count;
    uint32_t ssrcs[HP_RTCP_REMB_SSRCS_MAX];
};

ssize_t hp_rtcp_parse_remb(const struct hp_rtcp_packet *packet, struct hp_rtcp_remb *remb);

// Each writer writes one packet and returns its bytes; -1: `size` is too small. A compound begins
// with an SR or RR.
ssize_t hp_rtcp_write_sr(uint8_t *data, size_t size, const struct hp_rtcp_sr *sr,
        const struct hp_rtcp_report *reports, unsigned report_count);
ssize_t hp_rtcp_write_rr(uint8_t *data, size_t size, uint32_t ssrc,
        const struct hp_rtcp_report *reports, unsigned report_count);
ssize_t hp_rtcp_write_sdes(uint8_t *data, size_t size, uint32_t ssrc, const char *cname);
ssize_t hp_rtcp_write_pli(uint8_t *data, size_t size, uint32_t sender_ssrc, uint32_t media_ssrc);

// Writes a NACK for `head->sender_ssrc` and `head->media_ssrc`; `seqs` ascend (with wrap-around).
ssize_t hp_rtcp_write_nack(uint8_t *data, size_t size, const struct hp_rtcp_nack *head,
        const uint16_t *seqs, unsigned seq_count);

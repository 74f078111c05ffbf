// rtcp.c - parses and writes the packets of a compound RTCP packet.
// Owner: none, pure.  Thread: any.
// RFC 3550 section 6, RFC 5506 (a compound may begin with any packet), RFC 4585, RFC 5104.
#include "wire/rtcp.h"

#include <string.h>

#include "wire/bytes.h"

enum {
    HEADER_SIZE = 4,
    REPORT_SIZE = 24,
    SR_SIZE = 28,
    RR_SIZE = 8,
    FEEDBACK_SIZE = 12, // header, sender, media
    FIR_ITEM_SIZE = 8,
    REMB_SIZE = 20,
    ROUND_TRIP_MAX = 60 << 16, // in 1/65536 s; more means a forged or stale block
    ROUND_TRIP_SLACK = (1 << 16) / 100, // rounding may make a short time negative
};

ssize_t
hp_rtcp_next(const uint8_t *data, size_t size, struct hp_rtcp_packet *packet)
{
    if (size < HEADER_SIZE || data[0] >> 6 != 2) {
        return -1;
    }
    size_t packet_size = ((size_t) hp_bytes_u16(data + 2) + 1) * 4;
    if (packet_size > size) {
        return -1;
    }
    *packet = (struct hp_rtcp_packet){
        .type = data[1],
        .count = data[0] & 31,
        .data = data,
        .size = packet_size,
    };
    if ((data[0] & 0x20) != 0) {
        size_t padding = data[packet_size - 1];
        if (padding == 0 || padding > packet_size - HEADER_SIZE) {
            return -1;
        }
        packet->size -= padding;
    }
    return (ssize_t) packet_size;
}

ssize_t
hp_rtcp_parse_sr(const struct hp_rtcp_packet *packet, struct hp_rtcp_sr *sr)
{
    if (packet->type != HP_RTCP_SR || packet->size < SR_SIZE) {
        return -1;
    }
    const uint8_t *data = packet->data;
    *sr = (struct hp_rtcp_sr){
        .ssrc = hp_bytes_u32(data + 4),
        .ntp = hp_bytes_u64(data + 8),
        .rtp_time = hp_bytes_u32(data + 16),
        .packet_count = hp_bytes_u32(data + 20),
        .octet_count = hp_bytes_u32(data + 24),
    };
    return SR_SIZE;
}

static int32_t
sign_extend_24(uint32_t value)
{
    return value >= 0x800000 ? (int32_t) value - 0x1000000 : (int32_t) value;
}

int
hp_rtcp_parse_reports(
        const struct hp_rtcp_packet *packet, struct hp_rtcp_report reports[HP_RTCP_REPORTS_MAX])
{
    if (packet->type != HP_RTCP_SR && packet->type != HP_RTCP_RR) {
        return -1;
    }
    size_t offset = packet->type == HP_RTCP_SR ? SR_SIZE : RR_SIZE;
    if (packet->size < offset + (size_t) packet->count * REPORT_SIZE) {
        return -1;
    }
    for (int i = 0; i < packet->count; i++) {
        const uint8_t *data = packet->data + offset + (size_t) i * REPORT_SIZE;
        reports[i] = (struct hp_rtcp_report){
            .ssrc = hp_bytes_u32(data),
            .fraction_lost = data[4],
            .lost = sign_extend_24(hp_bytes_u24(data + 5)),
            .highest_seq = hp_bytes_u32(data + 8),
            .jitter = hp_bytes_u32(data + 12),
            .last_sr = hp_bytes_u32(data + 16),
            .delay_since_sr = hp_bytes_u32(data + 20),
        };
    }
    return packet->count;
}

int64_t
hp_rtcp_round_trip_us(const struct hp_rtcp_report *report, uint64_t now_ntp)
{
    if (report->last_sr == 0) {
        return -1;
    }
    uint32_t now = (uint32_t) (now_ntp >> 16);
    int32_t round_trip = (int32_t) (now - report->last_sr - report->delay_since_sr);
    if (round_trip < -ROUND_TRIP_SLACK || round_trip > ROUND_TRIP_MAX) {
        return -1;
    }
    return round_trip <= 0 ? 1 : (int64_t) round_trip * 1000000 / 65536;
}

static bool
is_feedback(const struct hp_rtcp_packet *packet, uint8_t type, uint8_t format)
{
    return packet->type == type && packet->count == format && packet->size >= FEEDBACK_SIZE;
}

ssize_t
hp_rtcp_parse_nack(const struct hp_rtcp_packet *packet, struct hp_rtcp_nack *nack)
{
    if (!is_feedback(packet, HP_RTCP_RTPFB, HP_RTCP_NACK)) {
        return -1;
    }
    *nack = (struct hp_rtcp_nack){
        .sender_ssrc = hp_bytes_u32(packet->data + 4),
        .media_ssrc = hp_bytes_u32(packet->data + 8),
        .items = packet->data + FEEDBACK_SIZE,
        .item_count = (packet->size - FEEDBACK_SIZE) / 4,
    };
    return (ssize_t) packet->size;
}

unsigned
hp_rtcp_nack_count(const struct hp_rtcp_nack *nack)
{
    unsigned count = 0;
    for (size_t i = 0; i < nack->item_count; i++) {
        count += 1 + (unsigned) __builtin_popcount(hp_bytes_u16(nack->items + i * 4 + 2));
    }
    return count;
}

bool
hp_rtcp_nack_next(struct hp_rtcp_nack *nack, uint16_t *seq)
{
    while (nack->index < nack->item_count) {
        const uint8_t *item = nack->items + nack->index * 4;
        unsigned mask = (unsigned) hp_bytes_u16(item + 2) << 1 | 1; // bit 0: the packet id itself
        while (nack->bit <= 16) {
            unsigned bit = nack->bit++;
            if ((mask >> bit & 1) != 0) {
                *seq = (uint16_t) (hp_bytes_u16(item) + bit);
                return true;
            }
        }
        nack->bit = 0;
        nack->index++;
    }
    return false;
}

ssize_t
hp_rtcp_parse_pli(const struct hp_rtcp_packet *packet, uint32_t *media_ssrc)
{
    if (!is_feedback(packet, HP_RTCP_PSFB, HP_RTCP_PLI)) {
        return -1;
    }
    *media_ssrc = hp_bytes_u32(packet->data + 8);
    return FEEDBACK_SIZE;
}

int
hp_rtcp_parse_fir(const struct hp_rtcp_packet *packet, struct hp_rtcp_fir firs[HP_RTCP_FIRS_MAX])
{
    if (!is_feedback(packet, HP_RTCP_PSFB, HP_RTCP_FIR)) {
        return -1;
    }
    size_t count = (packet->size - FEEDBACK_SIZE) / FIR_ITEM_SIZE;
    count = count < HP_RTCP_FIRS_MAX ? count : HP_RTCP_FIRS_MAX;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *item = packet->data + FEEDBACK_SIZE + i * FIR_ITEM_SIZE;
        firs[i] = (struct hp_rtcp_fir){ .ssrc = hp_bytes_u32(item), .seq = item[4] };
    }
    return (int) count;
}

ssize_t
hp_rtcp_parse_remb(const struct hp_rtcp_packet *packet, struct hp_rtcp_remb *remb)
{
    bool is_remb = is_feedback(packet, HP_RTCP_PSFB, HP_RTCP_AFB) && packet->size >= REMB_SIZE
            && memcmp(packet->data + FEEDBACK_SIZE, "REMB", 4) == 0;
    if (!is_remb) {
        return -1;
    }
    const uint8_t *data = packet->data;
    size_t count = data[16];
    if (packet->size < REMB_SIZE + count * 4) {
        return -1;
    }
    unsigned exponent = data[17] >> 2;
    uint64_t mantissa = hp_bytes_u24(data + 17) & 0x3ffff;
    bool has_overflow = exponent > 64 - 18 && mantissa >> (64 - exponent) != 0;
    remb->rate_bps = has_overflow ? UINT64_MAX : mantissa << exponent;
    remb->ssrc_count = count < HP_RTCP_REMB_SSRCS_MAX ? (unsigned) count : HP_RTCP_REMB_SSRCS_MAX;
    for (unsigned i = 0; i < remb->ssrc_count; i++) {
        remb->ssrcs[i] = hp_bytes_u32(data + REMB_SIZE + i * 4);
    }
    return (ssize_t) packet->size;
}

// Writes the header of a packet of `size` bytes (a multiple of 4) and the first SSRC.
static void
write_header(uint8_t *data, uint8_t type, unsigned count, size_t size, uint32_t ssrc)
{
    data[0] = (uint8_t) (0x80 | count);
    data[1] = type;
    hp_bytes_put_u16(data + 2, (uint16_t) (size / 4 - 1));
    hp_bytes_put_u32(data + 4, ssrc);
}

static uint32_t
clamp_24(int32_t value)
{
    int32_t clamped = value > 0x7fffff ? 0x7fffff : value < -0x800000 ? -0x800000 : value;
    return (uint32_t) clamped & 0xffffff;
}

static void
write_reports(uint8_t *data, const struct hp_rtcp_report *reports, unsigned count)
{
    for (unsigned i = 0; i < count; i++, data += REPORT_SIZE) {
        const struct hp_rtcp_report *report = &reports[i];
        hp_bytes_put_u32(data, report->ssrc);
        data[4] = report->fraction_lost;
        hp_bytes_put_u24(data + 5, clamp_24(report->lost));
        hp_bytes_put_u32(data + 8, report->highest_seq);
        hp_bytes_put_u32(data + 12, report->jitter);
        hp_bytes_put_u32(data + 16, report->last_sr);
        hp_bytes_put_u32(data + 20, report->delay_since_sr);
    }
}

ssize_t
hp_rtcp_write_sr(uint8_t *data, size_t size, const struct hp_rtcp_sr *sr,
        const struct hp_rtcp_report *reports, unsigned report_count)
{
    size_t packet_size = SR_SIZE + (size_t) report_count * REPORT_SIZE;
    if (report_count > HP_RTCP_REPORTS_MAX || packet_size > size) {
        return -1;
    }
    write_header(data, HP_RTCP_SR, report_count, packet_size, sr->ssrc);
    hp_bytes_put_u64(data + 8, sr->ntp);
    hp_bytes_put_u32(data + 16, sr->rtp_time);
    hp_bytes_put_u32(data + 20, sr->packet_count);
    hp_bytes_put_u32(data + 24, sr->octet_count);
    write_reports(data + SR_SIZE, reports, report_count);
    return (ssize_t) packet_size;
}

ssize_t
hp_rtcp_write_rr(uint8_t *data, size_t size, uint32_t ssrc, const struct hp_rtcp_report *reports,
        unsigned report_count)
{
    size_t packet_size = RR_SIZE + (size_t) report_count * REPORT_SIZE;
    if (report_count > HP_RTCP_REPORTS_MAX || packet_size > size) {
        return -1;
    }
    write_header(data, HP_RTCP_RR, report_count, packet_size, ssrc);
    write_reports(data + RR_SIZE, reports, report_count);
    return (ssize_t) packet_size;
}

ssize_t
hp_rtcp_write_sdes(uint8_t *data, size_t size, uint32_t ssrc, const char *cname)
{
    enum {
        ITEM_CNAME = 1
    };
    size_t length = strnlen(cname, HP_RTCP_CNAME_MAX);
    // At least one zero byte ends the list of items; zeros fill up to 32 bits.
    size_t packet_size = (HEADER_SIZE + 4 + 2 + length + 1 + 3) / 4 * 4;
    if (packet_size > size) {
        return -1;
    }
    memset(data, 0, packet_size);
    write_header(data, HP_RTCP_SDES, 1, packet_size, ssrc);
    data[8] = ITEM_CNAME;
    data[9] = (uint8_t) length;
    memcpy(data + 10, cname, length);
    return (ssize_t) packet_size;
}

ssize_t
hp_rtcp_write_pli(uint8_t *data, size_t size, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    if (size < FEEDBACK_SIZE) {
        return -1;
    }
    write_header(data, HP_RTCP_PSFB, HP_RTCP_PLI, FEEDBACK_SIZE, sender_ssrc);
    hp_bytes_put_u32(data + 8, media_ssrc);
    return FEEDBACK_SIZE;
}

ssize_t
hp_rtcp_write_nack(uint8_t *data, size_t size, const struct hp_rtcp_nack *head,
        const uint16_t *seqs, unsigned seq_count)
{
    size_t packet_size = FEEDBACK_SIZE;
    unsigned next = 0;
    while (next < seq_count) {
        if (packet_size + 4 > size) {
            return -1;
        }
        uint16_t first = seqs[next++];
        unsigned mask = 0;
        while (next < seq_count && (uint16_t) (seqs[next] - first - 1) < 16) {
            mask |= 1u << (uint16_t) (seqs[next++] - first - 1);
        }
        hp_bytes_put_u16(data + packet_size, first);
        hp_bytes_put_u16(data + packet_size + 2, (uint16_t) mask);
        packet_size += 4;
    }
    if (packet_size > size) {
        return -1;
    }
    write_header(data, HP_RTCP_RTPFB, HP_RTCP_NACK, packet_size, head->sender_ssrc);
    hp_bytes_put_u32(data + 8, head->media_ssrc);
    return (ssize_t) packet_size;
}

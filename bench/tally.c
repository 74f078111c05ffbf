// tally.c - counts the packets of one stream that arrived, and writes the receiver report about
// them.
// Owner: bench_viewer.  Thread: main.
// RFC 3550 appendix A (loss, jitter), draft-alvestrand-rmcat-remb-03 (REMB).
#include "tally.h"

#include <math.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/rtcp.h"

enum {
    CLOCK_RATE_KHZ = 90,
    REMB_SIZE = 24,
    REMB_MANTISSA_BITS = 18,
};

void
bench_tally_add(struct bench_tally *tally, const uint8_t *header, int64_t now_us)
{
    uint16_t seq = hp_bytes_u16(header + 2);
    uint32_t ssrc = hp_bytes_u32(header + 8);
    uint32_t transit = (uint32_t) (now_us * CLOCK_RATE_KHZ / 1000) - hp_bytes_u32(header + 4);
    if (tally->ssrc != ssrc) {
        *tally = (struct bench_tally){
            .ssrc = ssrc, .base = seq, .highest = seq, .received = 1, .transit = transit
        };
        return;
    }
    int16_t ahead = (int16_t) (seq - (uint16_t) tally->highest);
    if (ahead > 0) {
        tally->highest += (uint32_t) ahead;
    }
    tally->received++;
    tally->jitter += (fabs((double) (int32_t) (transit - tally->transit)) - tally->jitter) / 16;
    tally->transit = transit;
}

static uint64_t
expected(const struct bench_tally *tally)
{
    return tally->ssrc == 0 ? 0 : (uint64_t) tally->highest - tally->base + 1;
}

uint64_t
bench_tally_lost(const struct bench_tally *tally)
{
    uint64_t count = expected(tally);
    return count > tally->received ? count - tally->received : 0;
}

static ssize_t
write_remb(uint8_t *data, size_t size, uint32_t own_ssrc, uint32_t ssrc, uint64_t rate_bps)
{
    if (size < REMB_SIZE) {
        return -1;
    }
    uint32_t exponent = 0;
    while (rate_bps >> exponent >= 1u << REMB_MANTISSA_BITS) {
        exponent++;
    }
    data[0] = 0x80 | HP_RTCP_AFB;
    data[1] = HP_RTCP_PSFB;
    hp_bytes_put_u16(data + 2, REMB_SIZE / 4 - 1);
    hp_bytes_put_u32(data + 4, own_ssrc);
    hp_bytes_put_u32(data + 8, 0);
    memcpy(data + 12, "REMB", 4);
    hp_bytes_put_u32(data + 16, 1u << 24 | exponent << 18 | (uint32_t) (rate_bps >> exponent));
    hp_bytes_put_u32(data + 20, ssrc);
    return REMB_SIZE;
}

ssize_t
bench_tally_write_report(
        struct bench_tally *tally, uint32_t own_ssrc, uint64_t rate_bps, uint8_t *data, size_t size)
{
    uint64_t expected_now = expected(tally);
    uint64_t expected_since = expected_now - tally->expected_before;
    uint64_t received_since = tally->received - tally->received_before;
    tally->expected_before = expected_now;
    tally->received_before = tally->received;
    bool has_loss = expected_since > received_since;
    struct hp_rtcp_report report = {
        .ssrc = tally->ssrc,
        .fraction_lost =
                (uint8_t) (has_loss ? (expected_since - received_since) * 255 / expected_since : 0),
        .lost = (int32_t) bench_tally_lost(tally),
        .highest_seq = tally->highest,
        .jitter = (uint32_t) tally->jitter,
    };
    ssize_t head = hp_rtcp_write_rr(data, size, own_ssrc, &report, 1);
    if (head < 0) {
        return -1;
    }
    ssize_t tail = write_remb(data + head, size - (size_t) head, own_ssrc, tally->ssrc, rate_bps);
    return tail < 0 ? -1 : head + tail;
}

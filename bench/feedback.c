// feedback.c - when the packets with transport-wide numbers came, and the feedback about them.
// Owner: bench_viewer.  Thread: main.
#include "feedback.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "wire/bytes.h"
#include "wire/rtcp.h"

enum {
    ONE_BYTE_HEADER = 0xbede, // RFC 8285 section 4.2
    RTP_HEADER_SIZE = 12,
    HEADER_SIZE = 20,
    FORMAT = 15, // of RTPFB
    TICK_US = 250,
    TIME_US = 64000, // unit of the reference time
    RUN_MAX = 0x1fff,
    SYMBOL_MISSING = 0,
    SYMBOL_SMALL = 1,
    SYMBOL_LARGE = 2,
};

// Finds the transport-wide number; false: the packet has none.
static bool
find_number(const uint8_t *data, size_t size, unsigned ext_id, uint16_t *number)
{
    size_t at = RTP_HEADER_SIZE + 4 * (size_t) (data[0] & 0x0f);
    if ((data[0] & 0x10) == 0 || size < at + 4 || hp_bytes_u16(data + at) != ONE_BYTE_HEADER) {
        return false;
    }
    size_t end = MIN(at + 4 + 4 * (size_t) hp_bytes_u16(data + at + 2), size);
    for (at += 4; at + 3 <= end;) {
        unsigned id = data[at] >> 4;
        if (id == ext_id) {
            *number = hp_bytes_u16(data + at + 1);
            return true;
        }
        at += id == 0 ? 1 : 2u + (data[at] & 0x0f);
    }
    return false;
}

void
bench_feedback_add(struct bench_feedback *feedback, const uint8_t *data, size_t size,
        unsigned ext_id, int64_t now_us)
{
    uint16_t number;
    if (!find_number(data, size, ext_id, &number)) {
        return;
    }
    if (feedback->count == 0) {
        feedback->base = number;
    }
    unsigned offset = (uint16_t) (number - feedback->base);
    if (offset >= BENCH_FEEDBACK_MAX) {
        return; // older than the last feedback, or too many for one
    }
    while (feedback->count <= offset) {
        feedback->times_us[feedback->count++] = 0;
    }
    feedback->times_us[offset] = now_us;
}

// The symbol of each packet, and its delta where it has come.
static void
fill_deltas(const struct bench_feedback *feedback, int64_t begin_us, uint8_t *symbols,
        int16_t *deltas)
{
    int64_t last = begin_us / TICK_US;
    for (unsigned i = 0; i < feedback->count; i++) {
        symbols[i] = SYMBOL_MISSING;
        if (feedback->times_us[i] != 0) {
            int64_t now = feedback->times_us[i] / TICK_US;
            deltas[i] = (int16_t) CLAMP(now - last, INT16_MIN, INT16_MAX);
            symbols[i] = deltas[i] >= 0 && deltas[i] <= UINT8_MAX ? SYMBOL_SMALL : SYMBOL_LARGE;
            last = now;
        }
    }
}

static size_t
write_runs(const uint8_t *symbols, unsigned count, uint8_t *data)
{
    size_t at = 0;
    for (unsigned i = 0; i < count;) {
        unsigned run = 1;
        while (i + run < count && symbols[i + run] == symbols[i] && run < RUN_MAX) {
            run++;
        }
        hp_bytes_put_u16(data + at, (uint16_t) (symbols[i] << 13 | run));
        at += 2;
        i += run;
    }
    return at;
}

static size_t
write_deltas(const uint8_t *symbols, const int16_t *deltas, unsigned count, uint8_t *data)
{
    size_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        if (symbols[i] == SYMBOL_SMALL) {
            data[at++] = (uint8_t) deltas[i];
        } else if (symbols[i] == SYMBOL_LARGE) {
            hp_bytes_put_u16(data + at, (uint16_t) deltas[i]);
            at += 2;
        }
    }
    return at;
}

static void
write_header(struct bench_feedback *feedback, uint32_t own_ssrc, uint32_t ssrc, int64_t begin_us,
        uint8_t *data)
{
    data[0] = 0x80 | FORMAT;
    data[1] = HP_RTCP_RTPFB;
    hp_bytes_put_u32(data + 4, own_ssrc);
    hp_bytes_put_u32(data + 8, ssrc);
    hp_bytes_put_u16(data + 12, feedback->base);
    hp_bytes_put_u16(data + 14, (uint16_t) feedback->count);
    hp_bytes_put_u32(data + 16, (uint32_t) (begin_us / TIME_US) << 8 | feedback->number++);
}

size_t
bench_feedback_write(struct bench_feedback *feedback, uint32_t own_ssrc, uint32_t ssrc,
        uint8_t *data, size_t size)
{
    uint8_t symbols[BENCH_FEEDBACK_MAX];
    int16_t deltas[BENCH_FEEDBACK_MAX] = { 0 };
    size_t needed = HEADER_SIZE + 4 * (size_t) feedback->count + 4;
    if (feedback->count == 0 || size < needed) {
        return 0;
    }
    int64_t begin_us = feedback->times_us[0] / TIME_US * TIME_US; // the base has come
    fill_deltas(feedback, begin_us, symbols, deltas);
    write_header(feedback, own_ssrc, ssrc, begin_us, data);
    size_t at = HEADER_SIZE;
    at += write_runs(symbols, feedback->count, data + at);
    at += write_deltas(symbols, deltas, feedback->count, data + at);
    while (at % 4 != 0) {
        data[at++] = 0;
    }
    hp_bytes_put_u16(data + 2, (uint16_t) (at / 4 - 1));
    feedback->count = 0;
    return at;
}

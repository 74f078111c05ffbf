// tally.h - counts the packets of one stream that arrived, and writes the receiver report about
// them. Embedded in a viewer.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bench_tally {
    uint32_t ssrc; // 0: no packet has arrived
    uint16_t base;
    uint32_t highest; // extended
    uint64_t received;
    uint64_t expected_before, received_before; // at the last report
    uint32_t transit; // for the jitter
    double jitter;
};

// An RTP header of the stream has arrived.
void bench_tally_add(struct bench_tally *tally, const uint8_t *header, int64_t now_us);

uint64_t bench_tally_lost(const struct bench_tally *tally);

// Writes RR and REMB, as a browser does once a second. Returns the bytes; -1: no room.
ssize_t bench_tally_write_report(struct bench_tally *tally, uint32_t own_ssrc, uint64_t rate_bps,
        uint8_t *data, size_t size);

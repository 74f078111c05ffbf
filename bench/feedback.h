// feedback.h - when the packets with transport-wide numbers came, and the feedback about them.
// Embedded in a viewer. draft-holmer-rmcat-transport-wide-cc-extensions-01.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BENCH_FEEDBACK_MAX = 512 }; // packets of one feedback

struct bench_feedback {
    uint16_t base;
    unsigned count; // numbers from base on
    int64_t times_us[BENCH_FEEDBACK_MAX]; // 0: has not come
    uint8_t number; // of the next feedback
};

// An RTP packet has come; `ext_id` is the agreed number of the header extension.
void bench_feedback_add(struct bench_feedback *feedback, const uint8_t *data, size_t size,
        unsigned ext_id, int64_t now_us);

// Writes the feedback about what has come since the last one. Returns the bytes; 0: nothing has.
size_t bench_feedback_write(struct bench_feedback *feedback, uint32_t own_ssrc, uint32_t ssrc,
        uint8_t *data, size_t size);

// meter.h - how long an encoder works at a picture: the 95th percentile of so many in a row.
// Embedded in hp_probe. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    HP_METER_PICTURES = 60 // three of them may be longer than the 95th percentile
};

// How an encoder got on with HP_METER_PICTURES pictures.
struct hp_effort {
    unsigned threads; // of the encoder
    int64_t pixels; // of a picture
    int64_t interval_us; // between two pictures at the rate of the source
    int64_t p95_us; // from a picture's arrival to its end in 19 of 20 cases
};

struct hp_meter {
    int64_t began_us; // 0: no picture is in the encoder
    unsigned count;
    int64_t spans_us[HP_METER_PICTURES];
};

// A picture goes into the encoder, and comes out again. A picture that never comes out does not
// count. True: this was the last of HP_METER_PICTURES, *p95_us is set, and the next ones are
// counted anew.
void hp_meter_begin(struct hp_meter *meter, int64_t now_us);
bool hp_meter_end(struct hp_meter *meter, int64_t now_us, int64_t *p95_us);

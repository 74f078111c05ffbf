// meter.c - how long an encoder works at a picture.
// Owner: hp_probe.  Thread: its owner's.
#include "media/meter.h"

#include <stdlib.h>

enum {
    P95_INDEX = HP_METER_PICTURES * 95 / 100 - 1
};

void
hp_meter_begin(struct hp_meter *meter, int64_t now_us)
{
    meter->began_us = now_us;
}

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return (x > y) - (x < y);
}

bool
hp_meter_end(struct hp_meter *meter, int64_t now_us, int64_t *p95_us)
{
    if (meter->began_us == 0) {
        return false;
    }
    meter->spans_us[meter->count++] = now_us - meter->began_us;
    meter->began_us = 0;
    if (meter->count < HP_METER_PICTURES) {
        return false;
    }
    qsort(meter->spans_us, HP_METER_PICTURES, sizeof(meter->spans_us[0]), compare);
    *p95_us = meter->spans_us[P95_INDEX];
    meter->count = 0;
    return true;
}

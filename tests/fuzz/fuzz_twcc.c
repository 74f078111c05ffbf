// Fuzzes hp_twcc_parse().
#include "wire/twcc.h"

#include <stdlib.h>

#include "wire/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hp_twcc twcc;
    struct hp_rtcp_packet packet;
    if (hp_rtcp_next(data, size, &packet) < 0 || hp_twcc_parse(&packet, &twcc) < 0) {
        return 0;
    }
    if (twcc.item_count == 0 || twcc.item_count > HP_TWCC_ITEMS_MAX) {
        abort();
    }
    for (unsigned i = 0; i < twcc.item_count; i++) {
        if (!twcc.items[i].is_received && twcc.items[i].delta_us != 0) {
            abort();
        }
    }
    return 0;
}

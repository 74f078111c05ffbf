// inputs.c - what a person does, out of the data channel "data".
// Owner: hp_endpoint.  Thread: the peer's worker.
#include "sctp/inputs.h"

#include "base/clock.h"

// hp_clock knows wall time as NTP: seconds since 1900 in the upper half.
static uint64_t
wall_ms(void)
{
    const uint64_t seconds_1900_to_1970 = 2208988800u;
    uint64_t ntp = hp_clock_ntp(hp_clock_now_us());
    return ((ntp >> 32) - seconds_1900_to_1970) * 1000 + (((ntp & 0xffffffffu) * 1000) >> 32);
}

void
hp_inputs_init(struct hp_inputs *inputs, enum hp_input_dialect dialect,
        const struct hp_inputs_cbs *cbs, void *arg)
{
    *inputs = (struct hp_inputs) { .dialect = dialect, .cbs = cbs, .cbs_arg = arg };
}

void
hp_inputs_handle(struct hp_inputs *inputs, const uint8_t *data, size_t size)
{
    struct hp_input input;
    if (hp_input_parse(inputs->dialect, data, size, &input) < 0) {
        inputs->bad_messages++;
        return;
    }
    if (input.kind != HP_INPUT_PING) {
        inputs->cbs->on_input(inputs->cbs_arg, &input);
        return;
    }
    uint8_t pong[HP_INPUT_PONG_SIZE];
    size_t pong_size = hp_input_write_pong(pong, &input, wall_ms());
    inputs->cbs->on_pong(inputs->cbs_arg, pong, pong_size);
}

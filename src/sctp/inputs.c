// inputs.c - what a person does, out of the data channel "data".
// Owner: hp_endpoint.  Thread: the peer's worker.
#include "sctp/inputs.h"

#include "base/clock.h"

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
    uint64_t now_ms = (uint64_t) hp_clock_wall_us(hp_clock_now_us()) / 1000;
    size_t pong_size = hp_input_write_pong(pong, &input, now_ms);
    inputs->cbs->on_pong(inputs->cbs_arg, pong, pong_size);
}

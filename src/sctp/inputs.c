// inputs.c - a person's input, from the data channel "data".
// Owner: hp_endpoint.  Thread: the peer's worker.
#include "sctp/inputs.h"

#include "base/clock.h"
#include "base/input_sink.h"
#include "sctp/channels.h"

static void
answer_ping(const struct hp_inputs *inputs, const struct hp_input *ping)
{
    uint8_t pong[HP_INPUT_PONG_SIZE];
    uint64_t now_ms = (uint64_t) hp_clock_wall_us(hp_clock_now_us()) / 1000;
    size_t size = hp_input_write_pong(pong, ping, now_ms);
    hp_channels_send(inputs->channels, HP_INPUTS_LABEL, pong, size, false);
}

static void
on_message(void *arg, const uint8_t *data, size_t size)
{
    struct hp_inputs *inputs = arg;
    struct hp_input input;
    if (hp_input_parse(inputs->dialect, data, size, &input) < 0) {
        inputs->bad_messages++;
    } else if (input.kind == HP_INPUT_PING) {
        answer_ping(inputs, &input);
    } else {
        inputs->sink->ops->push(inputs->sink, &input);
    }
}

void
hp_inputs_init(struct hp_inputs *inputs, enum hp_input_dialect dialect,
        struct hp_channels *channels, struct hp_input_sink *sink)
{
    *inputs = (struct hp_inputs) { .dialect = dialect, .channels = channels, .sink = sink };
    hp_channels_bind(channels, HP_INPUTS_LABEL, on_message, inputs);
}

// inputs.c - a person's input, from the data channel "data".
// Owner: hp_endpoint.  Thread: the peer's worker.
#include "sctp/inputs.h"

#include "base/clock.h"
#include "base/input_sink.h"
#include "sctp/channels.h"

enum {
    LOOK_US = 100000, // between two looks for packets while something is held
    LOOKS_PER_PROBE = 3,
};

static void
answer_ping(const struct hp_inputs *inputs, const uint8_t *ping)
{
    uint8_t pong[HP_INPUT_PONG_SIZE];
    uint64_t now_ms = (uint64_t) hp_clock_wall_us(hp_clock_now_us()) / 1000;
    size_t size = hp_input_write_pong(pong, ping, now_ms);
    hp_channels_send(inputs->channels, HP_INPUTS_LABEL, pong, size, false);
}

static void
push(struct hp_inputs *inputs, const struct hp_input *input)
{
    inputs->sink->ops->push(inputs->sink, input);
}

static void
on_look(void *arg)
{
    static const struct hp_input alive = { .kind = HP_INPUT_ALIVE };
    struct hp_inputs *inputs = arg;
    if (!inputs->sink->ops->is_holding(inputs->sink)) {
        return;
    }
    uint64_t heard = hp_channels_heard(inputs->channels);
    if (heard != inputs->heard) {
        inputs->heard = heard;
        push(inputs, &alive);
    }
    hp_timer_start(&inputs->watch, LOOK_US);
    if (!inputs->is_speaking && inputs->looks++ % LOOKS_PER_PROBE == 0) {
        hp_channels_probe(inputs->channels);
    }
}

// Only what goes down can be held: other messages cost no look at the sink.
static void
watch_after(struct hp_inputs *inputs, enum hp_input_kind kind)
{
    bool is_down = kind == HP_INPUT_KEY_DOWN || kind == HP_INPUT_BUTTON_DOWN
            || kind == HP_INPUT_TOUCH_BEGIN;
    if (is_down && !hp_timer_is_running(&inputs->watch)) {
        inputs->looks = 0;
        hp_timer_start(&inputs->watch, LOOK_US);
    }
}

static void
on_message(void *arg, const uint8_t *data, size_t size)
{
    struct hp_inputs *inputs = arg;
    struct hp_input input;
    if (hp_input_parse(inputs->dialect, data, size, &input) < 0) {
        inputs->bad_messages++;
        return;
    }
    if (input.kind == HP_INPUT_PING) {
        answer_ping(inputs, data);
    } else if (input.kind == HP_INPUT_ALIVE) {
        inputs->is_speaking = true;
    }
    push(inputs, &input);
    watch_after(inputs, input.kind);
}

void
hp_inputs_init(struct hp_inputs *inputs, struct hp_worker *worker,
        enum hp_input_dialect dialect, struct hp_channels *channels, struct hp_input_sink *sink)
{
    *inputs = (struct hp_inputs){ .dialect = dialect, .channels = channels, .sink = sink };
    hp_timer_init(&inputs->watch, worker, on_look, inputs);
    hp_channels_bind(channels, HP_INPUTS_LABEL, on_message, inputs);
}

void
hp_inputs_stop(struct hp_inputs *inputs)
{
    hp_timer_stop(&inputs->watch);
}

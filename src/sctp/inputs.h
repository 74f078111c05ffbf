// inputs.h - a person's input, from the data channel "data": events are parsed and pushed into the
// input sink, pings are answered. On the peer's worker.
#pragma once

#include <stdint.h>

#include "wire/input.h"

struct hp_channels;
struct hp_input_sink;

#define HP_INPUTS_LABEL "data"

// Part of the endpoint.
struct hp_inputs {
    enum hp_input_dialect dialect;
    struct hp_channels *channels;
    struct hp_input_sink *sink;
    uint64_t bad_messages; // messages that do not parse
};

// Takes all messages of the label HP_INPUTS_LABEL from now on. `sink` is kept. Destroy the channels
// before the inputs and the sink.
void hp_inputs_init(struct hp_inputs *inputs, enum hp_input_dialect dialect,
        struct hp_channels *channels, struct hp_input_sink *sink);

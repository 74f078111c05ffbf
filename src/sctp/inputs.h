// inputs.h - a person's input, from the data channel "data": events are parsed and pushed into the
// input sink, pings are answered. While the sink holds a key, every packet of the browser is a sign
// that it is there. Hairpin's page sends some by itself; other clients are made to, see
// hp_channels_probe(). On the peer's worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/timer.h"
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
    bool is_speaking; // the client says by itself that it is there
    struct hp_timer watch; // runs while the sink holds something
    uint64_t heard; // packets of the browser at the last look
    unsigned looks;
};

// Takes all messages of the label HP_INPUTS_LABEL from now on. `sink` is kept. Stop the inputs and
// destroy the channels before the inputs and the sink.
void hp_inputs_init(struct hp_inputs *inputs, struct hp_worker *worker,
        enum hp_input_dialect dialect, struct hp_channels *channels, struct hp_input_sink *sink);
void hp_inputs_stop(struct hp_inputs *inputs); // no look follows

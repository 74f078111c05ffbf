// inputs.h - what a person does, out of the data channel "data": parsed, pings answered, the rest
// handed up. On the peer's worker.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/input.h"

#define HP_INPUTS_LABEL "data"

struct hp_inputs_cbs {
    void (*on_input)(void *arg, const struct hp_input *input); // never a ping
    void (*on_pong)(void *arg, const void *data, size_t size); // to be sent
};

// Part of the endpoint.
struct hp_inputs {
    enum hp_input_dialect dialect;
    const struct hp_inputs_cbs *cbs;
    void *cbs_arg;
    uint64_t bad_messages;
};

void hp_inputs_init(struct hp_inputs *inputs, enum hp_input_dialect dialect,
        const struct hp_inputs_cbs *cbs, void *arg);

// Takes one message.
void hp_inputs_handle(struct hp_inputs *inputs, const uint8_t *data, size_t size);

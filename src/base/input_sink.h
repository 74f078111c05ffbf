// input_sink.h - trait: the receiver of one browser's input. Implemented by a session's seat.
#pragma once

#include <stdbool.h>

struct hp_input;
struct hp_input_sink;

struct hp_input_sink_ops {
    // Takes one event that the browser sent; borrowed. The hot path: never blocks. On the worker of
    // the peer that the browser belongs to.
    void (*push)(struct hp_input_sink *sink, const struct hp_input *input);
    // Is a key, button or touch down? Then the sink lets go of it after a second without an event,
    // and a browser that is there has to show it: HP_INPUT_ALIVE does. On the same worker.
    bool (*is_holding)(const struct hp_input_sink *sink);
};

// Part of the object that implements the trait.
struct hp_input_sink {
    const struct hp_input_sink_ops *ops;
};

// input_sink.h - trait: the receiver of one browser's input. Implemented by a session's seat.
#pragma once

struct hp_input;
struct hp_input_sink;

struct hp_input_sink_ops {
    // Takes one event that the browser sent, never a ping; borrowed. The hot path: never blocks. On
    // the worker of the peer that the browser belongs to.
    void (*push)(struct hp_input_sink *sink, const struct hp_input *input);
};

// Part of the object that implements the trait.
struct hp_input_sink {
    const struct hp_input_sink_ops *ops;
};

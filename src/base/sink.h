// sink.h - trait: where the frames of a stream go. Implemented by a viewer's sender, later by a
// recorder or an edge.
#pragma once

struct hp_frame;
struct hp_sink;

struct hp_sink_ops {
    // Takes note of a frame; borrowed, ref it to keep it. Never blocks. On the sink's worker.
    void (*push)(struct hp_sink *sink, const struct hp_frame *frame);
};

// Part of the object that implements it.
struct hp_sink {
    const struct hp_sink_ops *ops;
};

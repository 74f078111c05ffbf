// sink.h - trait: where the frames of streams go. Implemented by a viewer's sender, later by a
// recorder or an edge. All calls on the sink's worker.
#pragma once

struct hp_frame;
struct hp_sink;

struct hp_sink_ops {
    // Takes note of a frame; frame->id names its stream and level, since one sink may be attached
    // to several levels. The frame is borrowed: ref it to keep it. Never blocks. Attaching a sink
    // pushes nothing: the first frame comes after the sink knows its feed.
    void (*push)(struct hp_sink *sink, const struct hp_frame *frame);
};

// Part of the object that implements the trait.
struct hp_sink {
    const struct hp_sink_ops *ops;
};

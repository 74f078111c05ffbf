// sink.h - trait: the receiver of frames of streams. Implemented by a viewer's sender and by a tap,
// later by an edge. All calls on the sink's worker.
#pragma once

struct hp_frame;
struct hp_sink;

struct hp_sink_ops {
    // Takes a frame; frame->id names its stream and level, since one sink may be attached to
    // several levels. The frame is borrowed: ref it to keep it. Never blocks. Attaching a sink does
    // not push: the first frame comes after the sink knows its feed.
    void (*push)(struct hp_sink *sink, const struct hp_frame *frame);
};

// Part of the object that implements the trait.
struct hp_sink {
    const struct hp_sink_ops *ops;
};

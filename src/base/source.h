// source.h - trait: the origin of a stream's frames. Implemented by a GStreamer pipeline, later by
// an inlet from another server. All calls on the main thread; none blocks.
#pragma once

struct hp_source;

struct hp_source_ops {
    void (*start)(struct hp_source *source);
    void (*stop)(struct hp_source *source);
    void (*request_keyframe)(struct hp_source *source);
};

// Part of the object that implements the trait.
struct hp_source {
    const struct hp_source_ops *ops;
};

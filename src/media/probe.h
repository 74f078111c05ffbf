// probe.h - watches how long the VP8 encoder of a pipeline works at a picture.
// Owner: hp_run. The helper thread of hp_pipeline.
#pragma once

#include <gst/gst.h>

struct hp_effort;
struct hp_probe;

// On the thread of GStreamer that encodes; never after hp_probe_destroy() has returned.
typedef void (*hp_probe_fn)(void *arg, const struct hp_effort *effort);

// NULL: the pipeline has no vp8enc with the name that our own recipe gives it, HP_RECIPE_VP8.
struct hp_probe *hp_probe_create(GstBin *pipeline, hp_probe_fn on_effort, void *arg);

// NULL is fine. The pipeline has been stopped.
void hp_probe_destroy(struct hp_probe *probe);

// tap.h - trait: the encoded frames of one stream for a consumer that is no viewer, for instance a
// recorder. Implemented by media/tap, used by the plugins' host, plugged together by the room.
#pragma once

#include "base/plugin.h"

struct hp_tap;

struct hp_tap_cbs {
    void (*on_frame)(void *arg, const struct hp_plugin_frame *frame); // a worker
    void (*on_closed)(void *arg); // main: the last call; the tap has been freed
};

// The functions that open and close taps. Main thread.
struct hp_tap_ops {
    // `codec` NULL: the first one of that kind. `cbs` is kept. Returns NULL: there is no such
    // stream.
    struct hp_tap *(*open)(void *arg, enum hp_source_kind kind, const char *codec,
            const struct hp_tap_cbs *cbs, void *cbs_arg);
    void (*close)(struct hp_tap *tap); // on_closed follows, later
};

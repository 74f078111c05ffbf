// tap.h - trait: the encoded frames of one stream for somebody who is no viewer, a recorder for
// instance. Implemented by media/tap, used by the plugins' host, plugged together by the room.
#pragma once

#include "base/plugin.h"

struct hp_tap;

struct hp_tap_cbs {
    void (*on_frame)(void *arg, const struct hp_plugin_frame *frame); // a worker
    void (*on_closed)(void *arg); // main: the last call, the tap has been freed
};

// What opens taps. Main thread.
struct hp_tap_ops {
    // codec: NULL: the first of that kind. NULL: there is no such stream. cbs: kept.
    struct hp_tap *(*open)(void *arg, enum hp_source_kind kind, const char *codec,
            const struct hp_tap_cbs *cbs, void *cbs_arg);
    void (*close)(struct hp_tap *tap); // on_closed follows, later
};

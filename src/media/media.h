// media.h - initialises GStreamer for the process.
#pragma once

#include <stdbool.h>

// Initialises GStreamer; to be called once, before any other function of this room. May take a
// second on a machine's first start (GStreamer lists its plugins). False: the reason has been
// logged. Main thread.
bool hp_media_init(void);

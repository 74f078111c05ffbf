// media.h - brings GStreamer up for the process.
#pragma once

#include <stdbool.h>

// Initialises GStreamer; before anything else of this layer, once. It may take a second on a
// machine's first start (GStreamer lists its plugins). False after logging why not. Main thread.
bool hp_media_init(void);

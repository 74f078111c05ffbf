// media.h - initialises GStreamer for the process.
#pragma once

#include <stdbool.h>

// Initialises GStreamer; to be called once, before any other function of this room. May take a
// second on a machine's first start (GStreamer lists its plugins). False: the reason has been
// logged. Main thread.
bool hp_media_init(void);

// Gives the memory that an encoder has freed back to the system: the allocator would keep tens of
// MB. Takes some milliseconds; for a thread that has time. Any thread.
void hp_media_trim(void);

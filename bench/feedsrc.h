// feedsrc.h - the GStreamer element that delivers ready-made VP8 pictures.
#pragma once

#include <stdbool.h>

// Makes `hairpinfeedsrc rate=30 size=15666` known to GStreamer.
bool bench_feedsrc_register(void);

// Lets the pictures of all such elements flow, or rest. Any thread.
void bench_feedsrc_set_flowing(bool is_flowing);

// pattern_src.h - the GStreamer source element that delivers the test picture:
//     hairpinpatternsrc board=1 ! ...
#pragma once

#include <stdbool.h>

// Makes the element known to GStreamer; fine to call again.
bool hp_pattern_src_register(void);

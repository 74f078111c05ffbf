// capture.h - hairpinxsrc, a GStreamer source of the pictures of an X display. It pushes I420 (the
// colours that browsers decode: BT.601, limited range), a buffer per change and none without, at
// most `framerate` a second. A GstForceKeyUnit event that goes upstream through its pad, or is sent
// to it, pushes the last picture again at once.
//
// Properties: display (":0"), display-file (a file that names it, see display.h), framerate,
// refinements (pushes the last picture that many times again after motion has stopped).
#pragma once

#include <stdbool.h>

// Makes the element known to this process; may be called again.
bool hp_capture_register(void);

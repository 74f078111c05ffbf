// capture.h - hairpinxsrc, a GStreamer source with the pictures of an X display. The element pushes
// I420 in the colours that browsers decode (BT.601, limited range): one buffer for each change,
// none without a change, and at most `framerate` a second. A GstForceKeyUnit event, upstream
// through the pad or sent to the element, pushes the last picture again at once.
//
// Properties: display (":0"), display-file (a file that names the display, see display.h),
// framerate, max-framerate, refinements (how often the last picture is pushed again after motion
// has stopped, for the encoder to refine it).
#pragma once

#include <stdbool.h>

// Registers the element with GStreamer; may be called again. False when GStreamer refuses.
bool hp_capture_register(void);

// capture.h - hairpinxsrc, a GStreamer source with the pictures of an X display. The element pushes
// I420 in the colours that browsers decode (BT.601, limited range): one buffer for each change, at
// most as many a second as the screen's mode shows, and the last picture again now and then while
// nothing changes (see beat.h). A GstForceKeyUnit event, upstream through the pad or sent to the
// element, pushes the last picture again at once.
//
// Properties: display (":0"), display-file (a file that names the display, see display.h),
// max-framerate (the limit of the host), repeats (false: no buffer without a change).
#pragma once

#include <stdbool.h>

// Registers the element with GStreamer; may be called again. False when GStreamer refuses.
bool hp_capture_register(void);

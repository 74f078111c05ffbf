// xlib.h - keeps Xlib from ending the process. This plugin does not use it, but an element of
// GStreamer that a configured pipeline names does: ximagesrc. By itself Xlib calls exit() when its
// server has gone, and when the server refuses a request.
#pragma once

// From now on such an error is an error of the one who called Xlib: the pipeline stalls and is
// started again. Does nothing where Xlib is not installed. Main thread, before pipelines run; may
// be called again.
void hp_xlib_tame(void);

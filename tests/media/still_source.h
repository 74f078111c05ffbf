// still_source.h - fixture: the GStreamer element `stillsrc`, a screen on which nothing moves. It
// delivers one picture at its start and the same again for each GstForceKeyUnit event.
#pragma once

void still_source_register(void);

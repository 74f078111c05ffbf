// sharing.h - by which ICE viewers connect: that of the port which all of them share (pair), or
// libnice's, with a port for each (ice). Pure.
#pragma once

#include <stdbool.h>

struct hp_config;

// The one place that decides it, for all viewers. A port for all (webrtc.udpmux) is a word of its
// own. webrtc.tcpmux asks for media by TCP, which only the shared port's ICE has. Else a
// range of ports (webrtc.epr) asks for ports of their own, and only libnice uses the servers of
// webrtc.iceservers.backend.
bool hp_sharing_is_wanted(const struct hp_config *config);

// sharing.h - by which ICE viewers connect: that of the port which all of them share (pair), or
// libnice's, with a port for each (ice). Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct hp_config;

// The one place that decides it, for all viewers. A port for all (webrtc.udpmux) is a word of its
// own, and so is webrtc.tcpmux: it asks for media by TCP, which only the shared port's ICE has.
// Else a range of ports (webrtc.epr) asks for ports of their own, and only libnice uses the servers
// of webrtc.iceservers.backend. Those that browsers use as well (one list for both, as
// NEKO_ICESERVERS sets) need no libnice.
bool hp_sharing_is_wanted(const struct hp_config *config);

// The number of the shared UDP port: that of webrtc.udpmux, or else the first one of webrtc.epr,
// which is published or forwarded where that is set. 0: that of the page.
uint16_t hp_sharing_port(const struct hp_config *config);

// Has the server itself other servers (webrtc.iceservers.backend) than browsers?
bool hp_sharing_has_servers_of_its_own(const struct hp_config *config);

// Is server.bind for this computer alone?
bool hp_sharing_is_local(const struct hp_config *config);

// Can others than this computer reach the page: by an address of the server, or through what stands
// in front? Else no router is asked to forward the shared port.
bool hp_sharing_reaches_others(const struct hp_config *config);

// The port of webrtc.tcpmux; 0: none.
uint16_t hp_sharing_guest_port(const struct hp_config *config);

// Where guests have a TCP port of their own (webrtc.tcpmux), in the format of server.bind: at the
// hosts of the page unless it names its own. NULL: there is none, the page is there, or no guest
// would come. Free it with g_free().
char *hp_sharing_find_guest_bind(const struct hp_config *config);

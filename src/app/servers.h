// servers.h - the configured STUN and TURN servers in the form that hp_rtc takes.
#pragma once

struct hp_ice_server;

// Reads a normalised JSON list into a new array, with one entry for each URL. URLs that the
// server's own ICE agent cannot use (turns:, stuns:) are left out with a warning. Free the array
// with hp_servers_free(). Main thread.
struct hp_ice_server *hp_servers_parse(const char *json, unsigned *count);
void hp_servers_free(struct hp_ice_server *servers, unsigned count);

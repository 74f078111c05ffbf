// servers.h - the configured STUN and TURN servers in the form that hp_rtc takes.
#pragma once

struct hp_ice_server;

// Reads a normalised JSON list into a new array, with one entry for each URL. URLs that the
// server's own ICE agent cannot use (turns:, stuns:) are left out with a warning. TURN servers
// without credentials get some that `secret` makes, for ten years, since the server knows the
// secret anyway. Free the array with hp_servers_free(). Main thread.
struct hp_ice_server *hp_servers_parse(const char *json, const char *secret, unsigned *count);
void hp_servers_free(struct hp_ice_server *servers, unsigned count);

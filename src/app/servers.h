// servers.h - the configured STUN and TURN servers in the shape that rtc takes.
#pragma once

struct hp_ice_server;

// Reads a normalised JSON list into a new array, one entry for each URL. What an own agent cannot
// use (turns:, stuns:) is left out with a warning. Free it with hp_servers_free().
struct hp_ice_server *hp_servers_parse(const char *json, unsigned *count);
void hp_servers_free(struct hp_ice_server *servers, unsigned count);

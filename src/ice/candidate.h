// candidate.h - converts candidates between a browser's text and libnice's struct, and decides
// which addresses we are willing to send checks to. Pure. RFC 8839 section 5.1.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <nice/agent.h>

struct hp_ice_config;

// Reads a remote candidate line into libnice's struct. NULL: the line is malformed, or we do not
// send packets to its address: a name, loopback (unless the config is with loopback), a private
// address of a browser that is far (unless it is that of a server of ours), link-local, multicast,
// port 0, TCP. Names of mDNS are not looked up: the browser's checks tell its address. Free the
// result with nice_candidate_free(). `ufrag` (room for `ufrag_size` bytes)
// gets the ufrag of the credentials that the candidate belongs to, "" if the line names none.
NiceCandidate *hp_ice_candidate_take(
        const struct hp_ice_config *config, const char *line, char *ufrag, size_t ufrag_size);

// Our candidate as a line for the browser; free it with g_free(). The line has no ufrag, since the
// candidate outlives restarts. NULL: the browser could not use the candidate.
char *hp_ice_candidate_write(const NiceCandidate *candidate);

// A further host candidate: ours, with the address of a router that forwards our port. `index`
// makes several of them differ, the best is 0. `is_first`: the browser is far, so it shall try this
// one before our own addresses. Free the result with g_free(). NULL: no router forwards to this
// candidate.
char *hp_ice_candidate_write_public(const NiceCandidate *candidate, const char *public_address,
        unsigned index, bool is_first);

// Writes the pair as "host 10.0.0.2:40000 - prflx 10.0.0.9:51000".
void hp_ice_candidate_describe_pair(const NiceCandidate *local, const NiceCandidate *remote,
        char *text, size_t size);

// candidate.h - candidates between a browser's text and libnice's struct, and which of them we
// are willing to send checks to. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <nice/agent.h>

// A remote candidate line as libnice's struct, NULL if it is malformed or nobody that we would
// send a packet to: names, loopback (unless with_loopback), link-local, multicast, port 0, TCP.
// Free it with nice_candidate_free(). `ufrag` gets the credentials' name that it belongs to, "" if
// it does not say (room for `ufrag_size`).
NiceCandidate *hp_ice_candidate_take(const char *line, bool with_loopback, char *ufrag,
        size_t ufrag_size);

// Our candidate as a line for the browser, without a ufrag, since it outlives restarts; free it with g_free(). NULL: none that it could use.
char *hp_ice_candidate_write(const NiceCandidate *candidate);

// A further host candidate with the address of a router that forwards our port; `index` tells
// several apart. NULL: this candidate is not one to be forwarded to.
char *hp_ice_candidate_write_public(const NiceCandidate *candidate, const char *public_address,
        unsigned index);

// "host 10.0.0.2:40000 - prflx 10.0.0.9:51000"
void hp_ice_candidate_describe_pair(const NiceCandidate *local, const NiceCandidate *remote,
        char *text, size_t size);

// demux.h - which peer a datagram of the shared port belongs to, decided before anything of it is
// verified: by first byte (RFC 7983), then a check by its ufrag, an answer by its transaction id,
// DTLS and media by the pair of addresses. Pure. On worker 0.
//
//   a check for a ufrag that we know:     its peer, and DTLS from there for a few seconds
//   the peer has verified such a check:   its peer, for all, until the peer goes
//   DTLS and media from another port of a verified address:   a peer of that address, which asks by
//                                         a check of its own whose it is; a few in a second
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"

enum {
    HP_DEMUX_UFRAGS = 2, // of a peer: before and after an ICE restart
    HP_DEMUX_VALID_MAX = 16, // pairs of addresses of a peer; the oldest goes
    HP_DEMUX_CLAIMED_MAX = 4, // pairs that a check has named and nobody has verified yet
};

enum hp_demux_verdict {
    HP_DEMUX_PEER,
    HP_DEMUX_SERVICE, // see nat/service.h
    HP_DEMUX_IGNORE, // keeps a mapping alive and wants no answer
    HP_DEMUX_UNKNOWN_UFRAG,
    HP_DEMUX_UNKNOWN_ADDRESS, // DTLS, media or an answer that no peer waits for
    HP_DEMUX_LIMITED, // too many from there
    HP_DEMUX_MALFORMED,
};

enum { HP_DEMUX_VERDICTS = HP_DEMUX_MALFORMED + 1 };

struct hp_demux_peer {
    uint32_t handle;
    unsigned worker; // its index
};

struct hp_demux;

struct hp_demux *hp_demux_create(void);
void hp_demux_destroy(struct hp_demux *demux);

// A peer with its first ufrag; a handle that is known gets a further ufrag, and the oldest beyond
// HP_DEMUX_UFRAGS goes. A ufrag that is known becomes the newest. The ufrag is copied.
void hp_demux_add(struct hp_demux *demux, const struct hp_demux_peer *peer, const char *ufrag);
void hp_demux_remove(struct hp_demux *demux, uint32_t handle);

// The peer has verified a check that came by the flow. A pair of addresses has one peer: the last
// one that said so. An unknown handle has no effect.
void hp_demux_validate(struct hp_demux *demux, uint32_t handle, const struct hp_flow *flow);

// Whose datagram is it? *peer is set for HP_DEMUX_PEER only.
enum hp_demux_verdict hp_demux_route(struct hp_demux *demux, const struct hp_flow *flow,
        const uint8_t *data, size_t size, struct hp_demux_peer *peer);

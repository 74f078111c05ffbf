// relay.h - the server's own STUN and TURN service: over UDP on the shared port, and over
// connections of the page's port, which hp_tcp brings. It relays between a client and this server's
// own media, and to nothing else: an allocation is a record, its relayed address is virtual, and a
// client's datagrams go straight to the peers as if they had come from there.
//
//   browser -- TURN --> ingress -- on_datagram --> relay -- inject --> a peer's ICE
//   browser <-- ChannelData, Data indication -- relay (a carrier) <-- send_run -- a peer's ICE
//
// Everything on worker 0, but what is said otherwise; the carrier's ops on every worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"
#include "nat/service.h"

struct hp_discovery;
struct hp_relay;
struct hp_worker;

// Gives a datagram to the peers that came by `flow`; all borrowed. Worker 0.
typedef void (*hp_relay_inject_fn)(
        void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size);

// Copied.
struct hp_relay_params {
    const char *secret; // of the credentials (relay/credentials.h)
    bool with_turn; // else STUN only
    bool with_classic; // answers STUN clients of RFC 3489, too
    const char *const *listen; // addresses and networks of ours where strangers are answered;
                               // NULL-terminated; NULL or empty: all
    const struct hp_discovery *discovery; // NULL: one port, and no other address; copied
    const struct hp_addr *peers; // where this server's media is, besides where clients find it
    unsigned peer_count;
    uint16_t media_port; // at each address where clients find us; 0: the one that they talk to
    struct hp_worker *home; // worker 0
    hp_relay_inject_fn inject;
    void *inject_arg;
};

// All since the start.
struct hp_relay_counters {
    uint64_t answered; // requests, also with an error
    uint64_t refused_early; // of strangers: by the rate limit, or because of `listen`
    uint64_t oversized; // answers by UDP to strangers, not sent since they were too large
    uint64_t relayed; // datagrams of clients
    uint64_t dropped; // datagrams of clients without allocation, channel or permission, or that
                      // have no answer
    unsigned allocations; // at present
};

// Any thread. The relay outlives all flows that it makes.
struct hp_relay *hp_relay_create(const struct hp_relay_params *params);

// After worker 0 has ended, or when no datagram comes any more. NULL is fine.
void hp_relay_destroy(struct hp_relay *relay);

// What the ingress is to call.
struct hp_service hp_relay_service(struct hp_relay *relay);

// What a second port is to call, where Binding requests are answered and nothing else.
struct hp_service hp_relay_stun_service(struct hp_relay *relay);

// Credentials that were made for the session `id` (relay/holders.h), which is copied, are good from
// now on. Said again, it has no effect. Any thread.
void hp_relay_begin_session(struct hp_relay *relay, const char *id);
// Ends the allocations of that session, and refuses its credentials from then on. Any thread.
void hp_relay_end_session(struct hp_relay *relay, const char *id);

struct hp_relay_counters hp_relay_get_counters(const struct hp_relay *relay);

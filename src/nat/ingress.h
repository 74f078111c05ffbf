// ingress.h - the way in by the shared port: worker 0 reads it, decides whose each datagram is, and
// gives it to the peer's worker; each worker hands it to its peers' inlets. The way out is the
// carrier of a flow, from any worker.
//
//   socket --> demux (worker 0) --> inlet of a peer on worker 0
//                 |'--> ring of worker N --> inlet of a peer on worker N
//                 '---> service
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/demux.h"
#include "nat/flow.h"
#include "nat/service.h"
#include "nat/tcp_places.h"

struct hp_ingress;
struct hp_worker;

// A peer's end; part of the object that implements its ICE, on the peer's worker. The user fills in
// the callback before hp_ingress_open_inlet().
struct hp_inlet {
    // Borrowed; HP_SERVICE_SPARE zero bytes follow the data. May close the inlet.
    void (*on_datagram)(
            void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size);
    void *arg;
    struct hp_ingress *ingress;
    struct hp_demux_peer peer;
};

struct hp_ingress_counters {
    uint64_t datagrams; // that came
    uint64_t verdicts[HP_DEMUX_VERDICTS]; // that the demux gave
    uint64_t refused; // that the service did not take, or there is no service
    uint64_t overflows; // that found a worker's ring full, or were too large for it
    uint64_t lost; // that the kernel has dropped: see hp_udp_lost()
};

// Opens the port (0: any free one) and begins to read. The workers outlive all peers; the list is
// copied. NULL: the reason has been logged. Owner: app. Home thread.
struct hp_ingress *hp_ingress_create(
        struct hp_worker *const *workers, unsigned worker_count, uint16_t port);

// After all workers have ended. NULL is fine.
void hp_ingress_destroy(struct hp_ingress *ingress);

// The number of the port. Any thread.
uint16_t hp_ingress_port(const struct hp_ingress *ingress);

// The carrier of UDP flows. Any thread.
struct hp_carrier *hp_ingress_carrier(struct hp_ingress *ingress);

// Where goes what belongs to no peer? `service` is copied, and is asked from the next turn of
// worker 0 on; what it points to lives until all workers have ended. Any thread.
void hp_ingress_set_service(struct hp_ingress *ingress, const struct hp_service *service);

// On worker 0: a datagram of a service's own flow, for the peers. It is routed like those from the
// socket, except that it never comes back to the service. False: it is nobody's.
bool hp_ingress_inject(struct hp_ingress *ingress, const struct hp_flow *flow,
        const uint8_t *data, size_t size);

// For carriers that know whose a connection is, so that only its first datagram is looked up. On
// worker 0: which peer is the check for? HP_DEMUX_PEER: *peer is set. Counted.
enum hp_demux_verdict hp_ingress_find(struct hp_ingress *ingress, const struct hp_flow *flow,
        const uint8_t *data, size_t size, struct hp_demux_peer *peer);

// On the peer's worker: a datagram of a connection that is the peer's. False: the peer has gone.
bool hp_ingress_deliver(struct hp_ingress *ingress, const struct hp_demux_peer *peer,
        const struct hp_flow *flow, const uint8_t *data, size_t size);
bool hp_ingress_has(struct hp_ingress *ingress, const struct hp_demux_peer *peer);

// Where browsers reach us by TCP: nowhere, as long as nothing is set. `places` is copied, before
// there are peers; what the second one returns is borrowed, on any thread.
void hp_ingress_set_tcp_places(struct hp_ingress *ingress, const struct hp_tcp_places *places);
const struct hp_tcp_places *hp_ingress_tcp_places(const struct hp_ingress *ingress);

// Gives a peer its inlet, with a handle of its own; on its worker, which is one of the ingress'.
void hp_ingress_open_inlet(
        struct hp_ingress *ingress, struct hp_inlet *inlet, struct hp_worker *worker);

// No callback follows. On the peer's worker.
void hp_ingress_close_inlet(struct hp_inlet *inlet);

// Checks for that ufrag (copied) come to the inlet from now on; those for the one before, too. On
// the peer's worker; worker 0 learns it by a message.
void hp_ingress_add_ufrag(struct hp_inlet *inlet, const char *ufrag);

// DTLS and media that come by the flow are the inlet's: an authentic check has come by it. On the
// peer's worker. The carrier learns it, or worker 0 by a message, so once for each flow is enough.
void hp_ingress_validate(struct hp_inlet *inlet, const struct hp_flow *flow);

// Worker 0 only.
const struct hp_ingress_counters *hp_ingress_counters(const struct hp_ingress *ingress);

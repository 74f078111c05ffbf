// flow.h - trait: a way to one remote address, by which datagrams go to a browser and come from it:
// the shared UDP socket, a framed TCP connection, or the virtual relayed address of a TURN client.
//
// A flow is a value, and names who carries it. So nobody owns a flow, and none can outlive what it
// points to: a carrier lives longer than all peers and ends after them. What has gone meanwhile (a
// connection, an allocation) is found by nobody, and a datagram sent to it is lost, as on any
// network.
//
//   datagram --> carrier --> flow + bytes --> the peer remembers the flow --> send_run(flow, ...)
//
// Threads: a flow is copied from thread to thread with its datagram. A carrier says which threads
// may call its ops:
// - UDP and RELAY: every worker, at the same time. There is one carrier of UDP in a process, and
//   one of the relay for each transport of its clients. What its state needs on worker 0 goes there
//   by a bounded queue.
// - TCP of TURN clients: every worker, too; worker 0 has the connections.
// - TCP: one carrier a worker, which owns that worker's connections; only on that worker. Its flows
//   stay there, too: a connection goes to its peer's worker before its first datagram.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/path.h"
#include "nat/addr.h"

struct hp_carrier;
struct hp_worker;

struct hp_flow {
    struct hp_carrier *carrier; // NULL: no flow
    // The address of ours that the datagrams come to and go out from: an address of an interface,
    // with the bound port. Relay: the address of ours that the TURN client names as its peer.
    struct hp_addr local;
    // UDP, TCP: the address that the browser's datagrams come from. Relay: the relayed address.
    struct hp_addr remote;
    // What only the carrier reads. A peer sends by the flow of the newest authentic datagram of the
    // same pair of addresses, so the carrier may change these from one datagram to the next, for
    // instance when the TURN client has bound a channel.
    struct hp_addr via_local, via_remote; // relay: where the TURN client is, and what it talks to
    uint64_t id; // TCP: which connection; relay: the client's connection and channel; UDP: 0
};

// Are they the same way, whatever the carrier says besides?
static inline bool
hp_flow_equal(const struct hp_flow *a, const struct hp_flow *b)
{
    return a->carrier == b->carrier && hp_addr_equal(&a->remote, &b->remote)
            && hp_addr_equal(&a->local, &b->local);
}

// Waits until a carrier has room; part of another object, on its worker's thread. One wait is for
// one flow at a time.
struct hp_flow_wait {
    struct hp_worker *worker;
    void (*on_writable)(void *arg); // once for each await(); may send, and await() again
    void *arg;
    bool is_waiting;
    struct hp_flow_wait *previous, *next; // for the carrier: those that wait on the same worker
};

struct hp_carrier_ops {
    // Sends datagrams in order, one per segment; the data is borrowed. Returns how many were taken;
    // fewer than `count`: there is no room, and await() tells when there is. What cannot be
    // delivered counts as taken. Never blocks, allocates nothing. A carrier of a stream takes a
    // datagram as a whole and owns what is only half written until it is out.
    unsigned (*send_run)(struct hp_carrier *carrier, const struct hp_flow *flow,
            const struct hp_segment *segments, unsigned count);

    // Calls wait->on_writable once there is room, never before this returns. On wait->worker. A
    // wait that waits already is fine.
    void (*await)(
            struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait);

    // No callback follows. A wait that does not wait is fine. On wait->worker.
    void (*cancel)(struct hp_carrier *carrier, struct hp_flow_wait *wait);

    // TCP: an authentic check has come by the flow, so the carrier keeps its connection. Other
    // carriers have no connections; there worker 0 is told whose the pair of addresses is.
    void (*validate)(struct hp_carrier *carrier, const struct hp_flow *flow);
};

// First member of the object that implements the trait.
struct hp_carrier {
    const struct hp_carrier_ops *ops;
    enum hp_path_kind kind; // HP_PATH_UDP, HP_PATH_TCP or HP_PATH_RELAY
};

// tcp.h - ICE by TCP on the page's port (RFC 6544): browsers connect, we accept. The first message
// of a connection is a framed check that names one of our peers; the connection moves to the peer's
// worker, and stays there. Each worker has a carrier of its own. A connection that begins with STUN
// as it is, without a frame, is of a STUN or TURN client, and stays on worker 0.
//
//   gate, listener --> hp_tcp_take() --> reception (worker 0) --> side (of the peer) <--> inlet
//                                             '--> clients (worker 0) <--> service
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nat/service.h"

struct hp_ingress;
struct hp_stream;
struct hp_tcp;
struct hp_worker;

struct hp_tcp_params {
    struct hp_ingress *ingress; // outlives it
    struct hp_worker *const *workers; // those of the ingress, in its order; copied
    unsigned worker_count;
    struct hp_worker *home;
    struct hp_service service; // of STUN and TURN clients; zeroed: they are refused
    // On the home thread: a check names one of our peers, or a TURN client has asked for an
    // allocation, so proof may follow; an authentic check has come by
    // the guest's connection, or it has its first allocation; it has ended.
    void (*on_sign)(void *arg, uint64_t guest);
    void (*on_proof)(void *arg, uint64_t guest);
    void (*on_end)(void *arg, uint64_t guest);
    void *arg;
};

// All since the start.
struct hp_tcp_counters {
    uint64_t links; // that became a way to a peer
    uint64_t clients; // of STUN and TURN
    uint64_t refused; // that no message begins, or whose check is for no peer
    uint64_t broken; // whose bytes, after their first message, had no meaning
    uint64_t crowded; // TURN clients, requests and links beyond their limits
    uint64_t timeouts; // whose first message, authentic check or allocation did not come in time
    uint64_t lost; // datagrams for TURN clients that did not read
};

// Never NULL. Home thread. Owner: app.
struct hp_tcp *hp_tcp_create(const struct hp_tcp_params *params);

// After all workers have ended. NULL is fine.
void hp_tcp_destroy(struct hp_tcp *tcp);

// Takes a connection whose first bytes look like STUN, and that no poller has. `data` has been read
// of it already, and is copied. `guest`: a number that no other connection has. Home thread.
void hp_tcp_take(struct hp_tcp *tcp, struct hp_stream *stream, const uint8_t *data, size_t size,
        uint64_t guest);

// Ends the guest's connection soon; on_end comes. If it has ended already, nothing happens. Home
// thread.
void hp_tcp_cut(struct hp_tcp *tcp, uint64_t guest);

// Adds what has been counted on that worker, on its thread.
void hp_tcp_count(const struct hp_tcp *tcp, unsigned worker, struct hp_tcp_counters *sums);

// All of it; after all workers have ended.
struct hp_tcp_counters hp_tcp_get_counters(const struct hp_tcp *tcp);

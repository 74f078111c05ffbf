// locals.h - the addresses of ours at the shared port: those that a browser is offered, and those
// that checks come from; and which candidates of a browser checks go to. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ice.h"
#include "nat/addr.h"
#include "nat/tcp_places.h"
#include "wire/candidate.h"

enum { HP_LOCALS_PUBLIC_MAX = 8 };

// What an offer is made of; the texts are borrowed.
struct hp_locals_params {
    const char *const *interfaces; // our addresses, NULL-terminated; NULL: all that the host has
    const char *public_addresses[HP_LOCALS_PUBLIC_MAX]; // of a router that forwards our port
    unsigned public_count;
    bool with_loopback; // the browser is on this host, or nobody knows
    bool is_far; // the browser is in no network of ours
    const char *outside; // where the browser's signaling comes from; NULL: that tells nothing
    uint16_t port;
    const struct hp_tcp_places *tcp_places; // where we listen by TCP; NULL: nowhere
    uint16_t public_udp_ports[HP_LOCALS_PUBLIC_MAX]; // of public_addresses; 0: as we have it
    uint16_t public_tcp_ports[HP_LOCALS_PUBLIC_MAX]; // likewise
};

// An address of an interface: checks and media come from it.
struct hp_local {
    struct hp_addr addr;
    uint16_t preference; // RFC 8445 section 5.1.2.1, local preference
    struct hp_tcp_ports tcp_ports; // where we listen at that address
};

// Part of hp_shared_ice. A value.
struct hp_locals {
    struct hp_local bases[HP_ICE_LOCAL_MAX];
    unsigned base_count;
    struct hp_addr publics[HP_LOCALS_PUBLIC_MAX];
    struct hp_tcp_ports public_tcp_ports[HP_LOCALS_PUBLIC_MAX]; // without those said already
    unsigned public_count;
    bool with_loopback, is_far;
    struct hp_addr outside; // none: unknown
    uint16_t port;
};

void hp_locals_init(struct hp_locals *locals, const struct hp_locals_params *params);

// Writes our i-th candidate as a line into HP_CANDIDATE_TEXT_MAX bytes: by UDP, then by TCP, where
// browsers only connect and we only accept (RFC 6544), so only addresses where we listen. False:
// there are no more.
bool hp_locals_write(const struct hp_locals *locals, unsigned i, char *line);

// Does `other` offer the i-th candidate, too? What a browser connects to counts, not its priority.
bool hp_locals_has_candidate(
        const struct hp_locals *other, const struct hp_locals *locals, unsigned i);

// Is the address, at any port, one that checks come from?
bool hp_locals_has_base(const struct hp_locals *locals, const struct hp_addr *addr);

// The priorities of a pair's local end (RFC 8445 section 5.1.2.1): of the host candidate, and of
// the peer-reflexive one that a check may discover.
uint32_t hp_locals_host_priority(
        const struct hp_locals *locals, const struct hp_addr *local, bool is_tcp);
uint32_t hp_locals_prflx_priority(
        const struct hp_locals *locals, const struct hp_addr *local, bool is_tcp);

// May checks go to that candidate? True: `addr` is its address. Not to names, TCP, port 0,
// link-local, multicast, our own port, loopback unless the browser is on this host, or private
// addresses of a browser that is far.
bool hp_locals_accept(const struct hp_locals *locals, const struct hp_candidate *candidate,
        struct hp_addr *addr);

// Where a candidate that hp_locals_accept() refuses may be reached all the same: a browser has the
// address that its signaling comes from, or its router has, and most routers keep the number of a
// port (RFC 4787 section 4.2.1). False: nothing can be guessed.
bool hp_locals_guess(const struct hp_locals *locals, const struct hp_candidate *candidate,
        struct hp_addr *addr);

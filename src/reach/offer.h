// offer.h - which of our addresses one browser is offered, and in which order. Pure.
//
// A candidate that cannot work costs the browser one step of pacing (50 ms, RFC 8445 section 14.2),
// so what works best from where the browser is comes first. Nothing that may work is left out, and
// public addresses never replace private ones: a TURN server lets our packets through only if
// they come from an address that was offered (RFC 8656 section 9).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "reach/own.h"
#include "wire/address.h"

enum {
    HP_OFFER_MAX = 16,   // addresses for one browser
    HP_PUBLIC_MAX = 16,  // addresses of a router in front of us that are known
    HP_HOST_MAX = 4,     // addresses of the name that the page was opened by
};

// Where the browser is, by the address that its signaling comes from.
enum hp_place {
    HP_PLACE_UNKNOWN, // no address, or that of a router or proxy that everybody comes through
    HP_PLACE_HOST,    // on this host
    HP_PLACE_NETWORK, // in a network of ours, or in a private one that is routed to us
    HP_PLACE_ROUTER,  // behind the same public address as we
    HP_PLACE_FAR,     // elsewhere
};

enum hp_offer_origin {
    HP_OFFER_OWN,       // of an interface of this host
    HP_OFFER_NAMED,     // of webrtc.nat1to1
    HP_OFFER_MAPPED,    // of a mapping that the router has granted
    HP_OFFER_REFLEXIVE, // seen by a server outside
    HP_OFFER_PAGE,      // by which the browser has opened the page, with its port by UDP, too
    HP_OFFER_HOST,      // the same, where only TCP has the page's port, and UDP ours
};

struct hp_offer_address {
    char text[HP_ADDRESS_TEXT_SIZE];
    uint16_t port; // 0: that of the socket; of PAGE and HOST the page's
    enum hp_offer_origin origin;
};

// What is known about this server.
struct hp_offer_facts {
    const struct hp_own *own;
    unsigned public_count;
    struct hp_offer_address publics[HP_PUBLIC_MAX]; // of all origins but OWN, PAGE and HOST
};

// What is known about the browser.
struct hp_offer_viewer {
    const char *address; // that its signaling comes from; NULL: unknown
    bool may_have_loopback; // webrtc.loopback
    unsigned host_count;
    struct hp_offer_address hosts[HP_HOST_MAX]; // origin HOST
};

struct hp_offer {
    enum hp_place place;
    unsigned count;
    struct hp_offer_address addresses[HP_OFFER_MAX]; // best first
};

void hp_offer_make(const struct hp_offer_facts *facts, const struct hp_offer_viewer *viewer,
        struct hp_offer *offer);

const char *hp_place_name(enum hp_place place); // for logs

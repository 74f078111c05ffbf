// own.h - the addresses of this host as one value: what the kernel tells, filtered and classified.
// Pure. RFC 4862 (tentative, deprecated), RFC 8981 (temporary addresses), RFC 8445 section 5.1.1.1.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <net/if.h>

#include "wire/address.h"

enum {
    HP_OWN_MAX = 64, // addresses; a host with more offers the first
};

struct hp_own_address {
    char text[HP_ADDRESS_TEXT_SIZE];
    uint8_t bytes[16]; // 4 of IPv4, 16 of IPv6
    bool is_ipv6;
    unsigned prefix_bits;
    enum hp_address_class class;
    unsigned interface; // index
    // Of a bridge or veth for containers and virtual machines: only those reach it.
    bool is_virtual;
    bool is_multicast; // the link can carry multicast
};

struct hp_own {
    unsigned count;
    struct hp_own_address addresses[HP_OWN_MAX];
    // Of the default route with the best metric; "": there is none. [1] is IPv6's.
    char gateways[2][HP_ADDRESS_TEXT_SIZE];
    unsigned gateway_interfaces[2]; // 0: there is none
};

// Collects the kernel's messages. Owner: the caller.
struct hp_own_scan;
struct hp_own_scan *hp_own_scan_create(void);
void hp_own_scan_destroy(struct hp_own_scan *scan); // NULL is fine
// Takes RTM_NEWLINK, RTM_NEWADDR and RTM_NEWROUTE; others are skipped.
void hp_own_scan_add(void *scan, const struct nlmsghdr *message);
// Makes the value of all that came: without addresses of links that are down, tentative, failed and
// deprecated ones, and without temporary ones beside a stable one of their network, which last
// longer than a session.
void hp_own_scan_write(const struct hp_own_scan *scan, struct hp_own *own);

// Are they in one network, by the prefix of `own`? False for anything that is no address.
bool hp_own_is_neighbour(const struct hp_own_address *own, const char *address);
// The first address of ours in whose network that address is; NULL: none. A network of all
// addresses (a prefix of 0 bits) does not count.
const struct hp_own_address *hp_own_find_neighbour(const struct hp_own *own, const char *address);
const struct hp_own_address *hp_own_find(const struct hp_own *own, const char *address);

bool hp_own_is_equal(const struct hp_own *a, const struct hp_own *b);

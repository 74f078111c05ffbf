// address.h - tells public addresses from private, local and reserved ones. Pure.
#pragma once

#include <stdbool.h>

enum {
    HP_ADDRESS_TEXT_SIZE = 46, // of an IPv6 address at most, with its NUL
};

// An IPv6 address with an IPv4 address inside (mapped, compatible, NAT64, 6to4) has the class of
// the IPv4 address.
enum hp_address_class {
    HP_ADDRESS_PUBLIC,
    HP_ADDRESS_PRIVATE, // RFC 1918, RFC 6598 (carrier's NAT), fc00::/7
    HP_ADDRESS_LOOPBACK,
    HP_ADDRESS_LINK_LOCAL,
    HP_ADDRESS_MULTICAST, // with IPv4's broadcast
    HP_ADDRESS_UNSPECIFIED, // 0.0.0.0/8 and ::
    HP_ADDRESS_RESERVED, // documentation, benchmarks, 240/4: no host uses it
    HP_ADDRESS_MDNS, // a name that ends in .local
    HP_ADDRESS_NAME, // any other name
    HP_ADDRESS_INVALID,
};

// The class of an address or a name, given as text; an address with a zone ("%eth0") is invalid.
enum hp_address_class hp_address_classify(const char *address);

// Is it an address that media may come from or go to: public or reserved (test networks use those
// of documentation), with `with_private` also private, with `with_loopback` also loopback? Never a
// name, link-local or multicast.
bool hp_address_is_usable(const char *address, bool with_loopback, bool with_private);

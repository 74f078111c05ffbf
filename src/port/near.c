// near.c - who is of a network of this machine.
// Owner: nobody.  Thread: any.
#include "port/near.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "wire/address.h"

enum {
    SITE_BYTES = 6 // of an IPv6 address
};

// The bytes of an address or mask. 0: it is of neither family.
static size_t
get_bytes(const struct sockaddr *address, uint8_t bytes[sizeof(struct in6_addr)])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) address;
    switch (address == NULL ? AF_UNSPEC : address->sa_family) {
    case AF_INET: memcpy(bytes, &v4->sin_addr, sizeof(v4->sin_addr)); return sizeof(v4->sin_addr);
    case AF_INET6:
        memcpy(bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
        return sizeof(v6->sin6_addr);
    default: return 0;
    }
}

bool
hp_near_shares_network(
        const struct sockaddr *own, const struct sockaddr *mask, const char *address)
{
    uint8_t own_bytes[sizeof(struct in6_addr)], mask_bytes[sizeof(struct in6_addr)];
    uint8_t bytes[sizeof(struct in6_addr)];
    size_t size = get_bytes(own, own_bytes);
    bool is_ipv6 = size == sizeof(struct in6_addr);
    if (size == 0 || get_bytes(mask, mask_bytes) != size
            || inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, bytes) != 1) {
        return false;
    }
    bool is_same = true;
    for (size_t i = 0; i < (is_ipv6 ? SITE_BYTES : size); i++) {
        is_same = is_same && ((own_bytes[i] ^ bytes[i]) & mask_bytes[i]) == 0;
    }
    return is_same;
}

static bool
is_beside_us(const char *address)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) {
        return true; // who cannot be told from a neighbour is taken for one
    }
    bool is_beside = false;
    for (struct ifaddrs *one = all; one != NULL && !is_beside; one = one->ifa_next) {
        is_beside = hp_near_shares_network(one->ifa_addr, one->ifa_netmask, address)
                || ((one->ifa_flags & IFF_POINTOPOINT) != 0
                        && hp_near_shares_network(one->ifa_dstaddr, one->ifa_netmask, address));
    }
    freeifaddrs(all);
    return is_beside;
}

bool
hp_near_is(const char *address)
{
    switch (hp_address_classify(address)) {
    case HP_ADDRESS_PRIVATE:
    case HP_ADDRESS_LOOPBACK:
    case HP_ADDRESS_LINK_LOCAL: return true;
    case HP_ADDRESS_PUBLIC:
    case HP_ADDRESS_RESERVED: return is_beside_us(address);
    case HP_ADDRESS_MULTICAST:
    case HP_ADDRESS_UNSPECIFIED:
    case HP_ADDRESS_MDNS:
    case HP_ADDRESS_NAME:
    case HP_ADDRESS_INVALID: break;
    }
    return false;
}

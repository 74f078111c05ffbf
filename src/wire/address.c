// address.c - tells public addresses from private, local and reserved ones.
// Owner: none, pure.  Thread: any.
// The registries of special addresses of IANA (RFC 6890).
#include "wire/address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/hostname.h"
#include "wire/bytes.h"

static const struct {
    uint32_t prefix;
    int bits;
    enum hp_address_class class;
} ipv4_places[] = {
    { 0x00000000, 8, HP_ADDRESS_UNSPECIFIED },
    { 0x0a000000, 8, HP_ADDRESS_PRIVATE },
    { 0x64400000, 10, HP_ADDRESS_PRIVATE },
    { 0x7f000000, 8, HP_ADDRESS_LOOPBACK },
    { 0xa9fe0000, 16, HP_ADDRESS_LINK_LOCAL },
    { 0xac100000, 12, HP_ADDRESS_PRIVATE },
    { 0xc0000000, 24, HP_ADDRESS_RESERVED },
    { 0xc0000200, 24, HP_ADDRESS_RESERVED },
    { 0xc0586300, 24, HP_ADDRESS_RESERVED },
    { 0xc0a80000, 16, HP_ADDRESS_PRIVATE },
    { 0xc6120000, 15, HP_ADDRESS_RESERVED },
    { 0xc6336400, 24, HP_ADDRESS_RESERVED },
    { 0xcb007100, 24, HP_ADDRESS_RESERVED },
    { 0xe0000000, 4, HP_ADDRESS_MULTICAST },
    { 0xffffffff, 32, HP_ADDRESS_MULTICAST },
    { 0xf0000000, 4, HP_ADDRESS_RESERVED },
};

// The first prefix that fits decides. `ipv4_offset`: where the IPv4 address inside begins.
static const struct {
    uint8_t prefix[16];
    int bits;
    enum hp_address_class class;
    int ipv4_offset; // 0: there is none
} ipv6_places[] = {
    { { 0 }, 128, HP_ADDRESS_UNSPECIFIED, 0 },
    { { [15] = 1 }, 128, HP_ADDRESS_LOOPBACK, 0 },
    { { [10] = 0xff, [11] = 0xff }, 96, HP_ADDRESS_PUBLIC, 12 },
    { { 0 }, 96, HP_ADDRESS_PUBLIC, 12 },
    { { 0x00, 0x64, 0xff, 0x9b }, 96, HP_ADDRESS_PUBLIC, 12 },
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, HP_ADDRESS_PRIVATE, 0 },
    { { 0x20, 0x02 }, 16, HP_ADDRESS_PUBLIC, 2 },
    { { 0x01, 0x00 }, 64, HP_ADDRESS_RESERVED, 0 },
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, HP_ADDRESS_RESERVED, 0 },
    { { 0x20, 0x01, 0x00, 0x00 }, 23, HP_ADDRESS_RESERVED, 0 },
    { { 0x3f, 0xff }, 20, HP_ADDRESS_RESERVED, 0 },
    { { 0x5f, 0x00 }, 16, HP_ADDRESS_RESERVED, 0 },
    { { 0xfc }, 7, HP_ADDRESS_PRIVATE, 0 },
    { { 0xfe, 0xc0 }, 10, HP_ADDRESS_PRIVATE, 0 },
    { { 0xfe, 0x80 }, 10, HP_ADDRESS_LINK_LOCAL, 0 },
    { { 0xff }, 8, HP_ADDRESS_MULTICAST, 0 },
};

static bool
has_prefix(const uint8_t *address, const uint8_t *prefix, int bits)
{
    if (memcmp(address, prefix, (size_t) bits / 8) != 0) {
        return false;
    }
    int rest = bits % 8;
    return rest == 0 || ((address[bits / 8] ^ prefix[bits / 8]) >> (8 - rest)) == 0;
}

static enum hp_address_class
classify_ipv4(const uint8_t address[4])
{
    for (size_t i = 0; i < sizeof(ipv4_places) / sizeof(ipv4_places[0]); i++) {
        uint8_t prefix[4];
        hp_bytes_put_u32(prefix, ipv4_places[i].prefix);
        if (has_prefix(address, prefix, ipv4_places[i].bits)) {
            return ipv4_places[i].class;
        }
    }
    return HP_ADDRESS_PUBLIC;
}

static enum hp_address_class
classify_ipv6(const uint8_t address[16])
{
    for (size_t i = 0; i < sizeof(ipv6_places) / sizeof(ipv6_places[0]); i++) {
        if (!has_prefix(address, ipv6_places[i].prefix, ipv6_places[i].bits)) {
            continue;
        }
        int offset = ipv6_places[i].ipv4_offset;
        return offset > 0 ? classify_ipv4(address + offset) : ipv6_places[i].class;
    }
    return HP_ADDRESS_PUBLIC;
}

static enum hp_address_class
classify_name(const char *name)
{
    static const char mdns_end[] = ".local";
    size_t length = strlen(name);
    if (!hp_hostname_is_good(name, length)) {
        return HP_ADDRESS_INVALID;
    }
    bool is_mdns = length >= sizeof(mdns_end)
            && strcasecmp(name + length - (sizeof(mdns_end) - 1), mdns_end) == 0;
    return is_mdns ? HP_ADDRESS_MDNS : HP_ADDRESS_NAME;
}

enum hp_address_class
hp_address_classify(const char *address)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, address, bytes) == 1) {
        return classify_ipv4(bytes);
    }
    if (inet_pton(AF_INET6, address, bytes) == 1) {
        return classify_ipv6(bytes);
    }
    return classify_name(address);
}

bool
hp_address_is_usable(const char *address, bool with_loopback, bool with_private)
{
    switch (hp_address_classify(address)) {
    case HP_ADDRESS_PUBLIC:
    case HP_ADDRESS_RESERVED: return true;
    case HP_ADDRESS_PRIVATE: return with_private;
    case HP_ADDRESS_LOOPBACK: return with_loopback;
    case HP_ADDRESS_LINK_LOCAL:
    case HP_ADDRESS_MULTICAST:
    case HP_ADDRESS_UNSPECIFIED:
    case HP_ADDRESS_MDNS:
    case HP_ADDRESS_NAME:
    case HP_ADDRESS_INVALID: break;
    }
    return false;
}

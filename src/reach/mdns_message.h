// mdns_message.h - writes and reads the few messages of multicast DNS that finding a browser needs.
// Pure. RFC 1035 section 4, RFC 6762.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HP_MDNS_NAME_SIZE = 43,  // "01234567-89ab-cdef-0123-456789abcdef.local" and its NUL
    HP_MDNS_QUERY_SIZE = 60, // bytes of a query
};

// Is it a name as browsers make them for an address that they hide: a UUID in hexadecimal, and
// ".local"? (draft-ietf-mmusic-mdns-ice-candidates section 3.1.1)
bool hp_mdns_is_browser_name(const char *name);

// Writes a query for the IPv4 or the IPv6 address of such a name.
void hp_mdns_write_query(const char *name, bool is_ipv6, uint8_t query[HP_MDNS_QUERY_SIZE]);

// An address that an answer tells; `name` is in lower case. `bytes`: 4 or, of IPv6, 16.
struct hp_mdns_record {
    char name[HP_MDNS_NAME_SIZE];
    bool is_ipv6;
    const uint8_t *bytes;
};

// Calls on_record for each address of a browser's name in an answer, in its order. Other records
// are skipped. False: that is no answer, or malformed; the records before the fault were told.
bool hp_mdns_parse_answer(const uint8_t *data, size_t size,
        void (*on_record)(void *arg, const struct hp_mdns_record *record), void *arg);

// networks.c - a list of addresses and networks.
// Owner: nobody.  Thread: any.
#include "relay/networks.h"

#include <string.h>

#include <glib.h>

enum {
    ADDRESS_BITS = 128,
    IPV4_BITS = 32,
};

static bool
parse(const char *text, struct hp_addr *addr, unsigned *bits)
{
    char host[HP_ADDR_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    size_t size = slash == NULL ? strlen(text) : (size_t) (slash - text);
    guint64 number = 0;
    if (size >= sizeof(host)) {
        return false;
    }
    memcpy(host, text, size);
    host[size] = '\0';
    if (!hp_addr_parse(addr, host, 0)) {
        return false;
    }
    unsigned most = strchr(host, ':') == NULL ? IPV4_BITS : ADDRESS_BITS;
    if (slash != NULL && !g_ascii_string_to_unsigned(slash + 1, 10, 0, most, &number, NULL)) {
        return false;
    }
    *bits = ADDRESS_BITS - most + (slash == NULL ? most : (unsigned) number);
    return true;
}

bool
hp_networks_add(struct hp_networks *networks, const char *text)
{
    if (networks->count == HP_NETWORKS_MAX
            || !parse(text, &networks->items[networks->count].addr,
                    &networks->items[networks->count].bits)) {
        return false;
    }
    networks->count++;
    return true;
}

static bool
has_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned rest = bits % 8;
    return memcmp(a, b, bits / 8) == 0
            && (rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0);
}

bool
hp_networks_have(const struct hp_networks *networks, const struct hp_addr *addr)
{
    for (unsigned i = 0; i < networks->count; i++) {
        if (has_prefix(networks->items[i].addr.ip, addr->ip, networks->items[i].bits)) {
            return true;
        }
    }
    return false;
}

// addr.c - an IP address with a port.
// Owner: nobody.  Thread: any.
#include "nat/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <glib.h>

enum { MAPPED_PREFIX = 12 }; // bytes before the IPv4 address in a mapped one

static const uint8_t mapped[MAPPED_PREFIX] = { [10] = 0xff, [11] = 0xff };

static void
set_ipv4(struct hp_addr *addr, const struct in_addr *ip)
{
    memcpy(addr->ip, mapped, MAPPED_PREFIX);
    memcpy(&addr->ip[MAPPED_PREFIX], ip, sizeof(*ip));
}

bool
hp_addr_from_sockaddr(struct hp_addr *addr, const struct sockaddr_storage *from)
{
    memset(addr, 0, sizeof(*addr));
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *) from;
        set_ipv4(addr, &in->sin_addr);
        addr->port = ntohs(in->sin_port);
        return true;
    }
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *) from;
        memcpy(addr->ip, &in->sin6_addr, sizeof(addr->ip));
        addr->port = ntohs(in->sin6_port);
        return true;
    }
    return false;
}

socklen_t
hp_addr_to_sockaddr(const struct hp_addr *addr, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof(*to));
    if (hp_addr_is_ipv4(addr)) {
        struct sockaddr_in *in = (struct sockaddr_in *) to;
        in->sin_family = AF_INET;
        memcpy(&in->sin_addr, &addr->ip[MAPPED_PREFIX], sizeof(in->sin_addr));
        in->sin_port = htons(addr->port);
        return sizeof(*in);
    }
    struct sockaddr_in6 *in = (struct sockaddr_in6 *) to;
    in->sin6_family = AF_INET6;
    memcpy(&in->sin6_addr, addr->ip, sizeof(in->sin6_addr));
    in->sin6_port = htons(addr->port);
    return sizeof(*in);
}

bool
hp_addr_parse(struct hp_addr *addr, const char *text, uint16_t port)
{
    struct in_addr ipv4;
    memset(addr, 0, sizeof(*addr));
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        set_ipv4(addr, &ipv4);
    } else if (inet_pton(AF_INET6, text, addr->ip) != 1) {
        memset(addr, 0, sizeof(*addr));
        return false;
    }
    addr->port = port;
    return true;
}

void
hp_addr_write(const struct hp_addr *addr, char *text, size_t size)
{
    char whole[HP_ADDR_TEXT_SIZE];
    bool is_ipv4 = hp_addr_is_ipv4(addr);
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, is_ipv4 ? &addr->ip[MAPPED_PREFIX] : addr->ip, whole,
            sizeof(whole));
    g_strlcpy(text, whole, size);
}

void
hp_addr_write_port(const struct hp_addr *addr, char *text, size_t size)
{
    char ip[HP_ADDR_TEXT_SIZE];
    hp_addr_write(addr, ip, sizeof(ip));
    g_snprintf(text, size, hp_addr_is_ipv4(addr) ? "%s:%u" : "[%s]:%u", ip, addr->port);
}

bool
hp_addr_is_none(const struct hp_addr *addr)
{
    static const struct hp_addr none;
    return hp_addr_equal(addr, &none);
}

bool
hp_addr_is_ipv4(const struct hp_addr *addr)
{
    return memcmp(addr->ip, mapped, MAPPED_PREFIX) == 0;
}

bool
hp_addr_is_loopback(const struct hp_addr *addr)
{
    static const uint8_t loopback6[16] = { [15] = 1 };
    return hp_addr_is_ipv4(addr) ? addr->ip[12] == 127
                                 : memcmp(addr->ip, loopback6, sizeof(loopback6)) == 0;
}

bool
hp_addr_equal(const struct hp_addr *a, const struct hp_addr *b)
{
    return a->port == b->port && hp_addr_equal_ip(a, b);
}

bool
hp_addr_equal_ip(const struct hp_addr *a, const struct hp_addr *b)
{
    return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

// remote.h - addresses of clients as text, one form for each address. Any thread.
#pragma once

#include <stdbool.h>

#include <sys/socket.h>

enum {
    HP_REMOTE_SIZE = 64
};

// Writes the address without its port; an IPv4 address within IPv6 becomes plain IPv4, a zone is
// left out. "?" for other families.
void hp_remote_write(const struct sockaddr_storage *address, char text[HP_REMOTE_SIZE]);

// Reads an address as a proxy writes it ("192.0.2.1", "[2001:db8::1]:4711", "::ffff:192.0.2.1") and
// writes it in the same form as above. False: the text is no address.
bool hp_remote_normalise(const char *text, char address[HP_REMOTE_SIZE]);

// Is the address one of these addresses or networks ("10.0.0.0/8")?
bool hp_remote_is_trusted(const char *address, char *const *networks);

// The networks where a reverse proxy stands that was not named: loopback and, within a container,
// its default gateway, through which everything from outside comes. Reads files. The caller frees
// the list with g_strfreev().
char **hp_remote_find_proxies(void);
// The default gateway of a table in the format of /proc/net/route (IPv4). False: it has none.
bool hp_remote_read_gateway(const char *table, char address[HP_REMOTE_SIZE]);

// The addresses that one person can have: an IPv4 address itself, or the network of 64 bits of an
// IPv6 address. The caller frees the text with g_free().
char *hp_remote_network(const char *address);
// The addresses that one subscriber can have: "2001:db8:1::/48", the network of 48 bits (RFC 6177).
// NULL: no IPv6 address. The caller frees the text with g_free().
char *hp_remote_site(const char *address);
bool hp_remote_is_same_network(const char *address, const char *other);

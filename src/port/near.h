// near.h - who is of a network of this machine. Any thread.
#pragma once

#include <stdbool.h>

#include <sys/socket.h>

// Is the address loopback, private or link-local, or of a network in which this machine has an
// interface? Asks the kernel about public addresses.
bool hp_near_is(const char *address);

// Is the address of the network of our own one, by its mask? Of IPv6 48 bits decide at most, since
// a subscriber has as many networks (RFC 6177). Either may be NULL, as getifaddrs() has it.
bool hp_near_shares_network(
        const struct sockaddr *own, const struct sockaddr *mask, const char *address);

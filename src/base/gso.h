// gso.h - sends runs of datagrams to one address by one system call (UDP_SEGMENT), and volleys of
// single ones to many addresses (sendmmsg). Pure except for the socket.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

struct hp_segment;

// What a socket turned out to be unable to do. Zeroed: nothing so far. Any thread.
struct hp_gso {
    // This kernel or device refuses runs: one datagram a message from then on.
    atomic_bool is_refused;
};

// Sends the segments in order, as many as possible a call. Returns how many were taken; fewer than
// `count`: the socket is full. A datagram that cannot be delivered is lost, as on any network.
// `local` (of the family of `address`, its port is ignored): the address of this host that the
// datagrams come from (IP_PKTINFO, IPV6_PKTINFO); NULL: the kernel chooses. Any thread; several
// threads may send by one socket.
unsigned hp_gso_send(struct hp_gso *gso, int fd, const struct sockaddr_storage *local,
        const struct sockaddr_storage *address, const struct hp_segment *segments, unsigned count);

// A loop over many viewers stands between the two, in one function: single datagrams that this
// thread sends meanwhile are collected, and leave together, in order, at the latest at the end. All
// of them count as taken: one that the socket then has no room for is lost, as on any network.
// Volleys may be nested; the outermost counts.
void hp_gso_begin_volley(void);
void hp_gso_end_volley(void);

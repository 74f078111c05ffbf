// gso.h - sends runs of datagrams to one address by one system call (UDP_SEGMENT). Pure except for
// the socket.
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct hp_segment;

// What a socket turned out to be unable to do. Zeroed: nothing so far.
struct hp_gso {
    bool is_refused; // this kernel or device refuses runs: one datagram a message from then on
};

// Sends the segments in order, as many as possible a call. Returns how many were taken; fewer than
// `count`: the socket is full. A datagram that cannot be delivered is lost, as on any network.
unsigned hp_gso_send(struct hp_gso *gso, int fd, const struct sockaddr_storage *address,
        const struct hp_segment *segments, unsigned count);

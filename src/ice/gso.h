// gso.h - runs of datagrams to one address by one system call (UDP_SEGMENT). Pure but for the socket.
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct hp_segment;

// What a socket has shown that it cannot do. Zeroed: nothing yet.
struct hp_gso {
    bool is_refused; // by this kernel or device: one datagram a message then
};

// Sends the segments in order, as many as possible a call. Returns how many were taken; fewer than
// `count`: the socket is full. What cannot be delivered is lost, as on any network.
unsigned hp_gso_send(struct hp_gso *gso, int fd, const struct sockaddr_storage *address,
        const struct hp_segment *segments, unsigned count);

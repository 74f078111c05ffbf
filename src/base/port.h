// port.h - trait: a place where datagrams of many browsers arrive and are told apart. To be
// implemented by the shared UDP socket, a framed TCP connection and a virtual TURN allocation. On
// the peer's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct hp_port;

struct hp_port_cbs {
    // A datagram for whoever claimed its ufrag or its address; `from` and `data` are borrowed.
    void (*on_packet)(void *arg, const struct sockaddr *from, const uint8_t *data, size_t size);
};

struct hp_port_ops {
    // From now on STUN checks with this local ufrag, or all that comes from this address once a
    // check from there was authenticated, go to cbs. False: somebody has claimed it already.
    bool (*claim_ufrag)(
            struct hp_port *port, const char *ufrag, const struct hp_port_cbs *cbs, void *arg);
    bool (*claim_address)(struct hp_port *port, const struct sockaddr *address,
            const struct hp_port_cbs *cbs, void *arg);

    // Gives back everything that was claimed with this arg; nothing arrives after it.
    void (*release)(struct hp_port *port, void *arg);
};

// Part of the object that implements it.
struct hp_port {
    const struct hp_port_ops *ops;
};

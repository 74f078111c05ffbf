// sctp_socket.h - a socket of usrsctp with all the settings that a data channel needs. On the
// association's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_sctp_message;
struct socket; // usrsctp's

struct hp_sctp_socket_params {
    const char *id; // of the peer, for logs
    uint16_t local_port, remote_port; // 0: HP_SCTP_PORT
    size_t mtu; // largest packet in bytes
};

// Makes the socket of an association of the stack and sends INIT. NULL: the reason has been logged.
struct socket *hp_sctp_socket_open(
        const struct hp_sctp_socket_params *params, uintptr_t association);

// Sends ABORT to the peer, if there is one, and frees the socket. `socket` may be NULL.
void hp_sctp_socket_close(struct socket *socket, uintptr_t association);

enum hp_sctp_sent {
    HP_SCTP_SENT,
    HP_SCTP_BLOCKED,
    HP_SCTP_REFUSED
};
enum hp_sctp_sent hp_sctp_socket_send(struct socket *socket, const struct hp_sctp_message *message);

// Sends a HEARTBEAT to the peer at that port; without an association nothing happens.
void hp_sctp_socket_probe(struct socket *socket, uintptr_t association, uint16_t remote_port);

// Asks for the reset of our direction of a stream. False: not now, another one is under way.
bool hp_sctp_socket_reset(struct socket *socket, uint16_t stream);

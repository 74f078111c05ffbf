// sctp_socket.h - a socket of usrsctp with all the settings that a data channel needs. On the
// association's worker.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_sctp_message;
struct hp_sctp_params;
struct socket; // usrsctp's

// Makes the socket of association `id` and sends INIT. NULL after logging why.
struct socket *hp_sctp_socket_open(const struct hp_sctp_params *params, uintptr_t id);

// Sends ABORT to the peer, if there is one, and frees all.
void hp_sctp_socket_close(struct socket *socket, uintptr_t id);

enum hp_sctp_sent {
    HP_SCTP_SENT,
    HP_SCTP_BLOCKED,
    HP_SCTP_REFUSED
};
enum hp_sctp_sent hp_sctp_socket_send(struct socket *socket, const struct hp_sctp_message *message);

// Asks for the reset of our direction of a stream. False: not now, one is under way already.
bool hp_sctp_socket_reset(struct socket *socket, uint16_t stream);

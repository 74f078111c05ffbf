// plain_socket.h - a UDP socket of each family for asking STUN servers, where no socket of peers is
// shared. Home thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hp_plain_socket;
struct hp_worker;
struct sockaddr_storage;

// Calls on_datagram for what comes. Never NULL. Owner: hp_reach.
struct hp_plain_socket *hp_plain_socket_create(struct hp_worker *home,
        void (*on_datagram)(void *arg, const struct sockaddr_storage *from, const uint8_t *data,
                size_t size),
        void *arg);
void hp_plain_socket_destroy(struct hp_plain_socket *plain); // NULL is fine

// `plain`: a struct hp_plain_socket. Opens the socket of that family; what cannot be sent is lost.
void hp_plain_socket_send(
        void *plain, const struct sockaddr_storage *to, const uint8_t *data, size_t size);

// mdns_socket.h - port 5353 (RFC 6762 section 5.2), shared with whoever else uses it on this host,
// and open only while somebody asks. Home thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hp_mdns_socket;
struct hp_own_address;
struct hp_worker;

// Calls on_message for what comes while the port is open: `from` is the address of the sender.
// Never NULL. Owner: hp_reach.
struct hp_mdns_socket *hp_mdns_socket_create(struct hp_worker *home,
        void (*on_message)(void *arg, const char *from, const uint8_t *data, size_t size),
        void *arg);
void hp_mdns_socket_destroy(struct hp_mdns_socket *socket); // NULL is fine

// Sends to the group of the address's family by its interface, and hears that group for 10 s more.
// `socket`: a struct hp_mdns_socket. What cannot be sent is logged once, and lost.
void hp_mdns_socket_send(
        void *socket, const struct hp_own_address *via, const uint8_t *data, size_t size);

// udp.h - a UDP port, the shared one or an annex: one socket for IPv4 and one for IPv6, on all
// addresses and one port number. It is the carrier of UDP flows: each datagram tells which address
// of ours it came to, and goes out from the address that its flow says (IP_PKTINFO, IPV6_PKTINFO).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"

enum { HP_UDP_SOCKETS = 2 };

struct hp_udp;
struct hp_worker;

// Opens the port; 0: any that is free for both families. A host without IPv6 has one socket less.
// `workers` are those that may send and wait; the list is copied. NULL: the port cannot be had,
// and errno tells why. Owner: hp_ingress or hp_annex. Home thread.
struct hp_udp *hp_udp_create(
        struct hp_worker *const *workers, unsigned worker_count, uint16_t port);

// After all workers have ended.
void hp_udp_destroy(struct hp_udp *udp);

struct hp_carrier *hp_udp_carrier(struct hp_udp *udp);
uint16_t hp_udp_port(const struct hp_udp *udp);

// The descriptor to watch for input; -1: there is no such socket. Any thread.
int hp_udp_fd(const struct hp_udp *udp, unsigned i);

// How many datagrams the kernel has dropped, since nobody had read the ones before them, as far as
// what was read tells (SO_RXQ_OVFL). Only the thread that reads.
uint64_t hp_udp_lost(const struct hp_udp *udp);

// Reads what one system call gives and calls on_datagram() for each; HP_SERVICE_SPARE zero bytes
// follow the data. Returns how many there were; fewer than HP_UDP_BATCH: the socket is empty. Only
// one thread.
enum { HP_UDP_BATCH = 32 };
unsigned hp_udp_read(struct hp_udp *udp, unsigned i,
        void (*on_datagram)(
                void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size),
        void *arg);

// addr.h - an IP address with a port, as a small value that can be compared and hashed. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    HP_ADDR_TEXT_SIZE = 46, // an address
    HP_ADDR_PORT_TEXT_SIZE = 56, // "[address]:port"
};

// Zeroed: none. An IPv4 address is stored as its mapped IPv6 address (::ffff:a.b.c.d), so one
// address has one form, and no mapped form slips past a rule for IPv4.
struct hp_addr {
    uint8_t ip[16]; // network order
    uint16_t port; // host order
};

// False, and an address of none: another family than IPv4 and IPv6. The zone of a link-local
// address is lost.
bool hp_addr_from_sockaddr(struct hp_addr *addr, const struct sockaddr_storage *from);

// Fills in `to`, as IPv4 where the address is one. Returns its size.
socklen_t hp_addr_to_sockaddr(const struct hp_addr *addr, struct sockaddr_storage *to);

// Reads an address without brackets and zone. False: `text` is no address.
bool hp_addr_parse(struct hp_addr *addr, const char *text, uint16_t port);

// Writes the address without its port.
void hp_addr_write(const struct hp_addr *addr, char *text, size_t size);

// Writes "10.0.0.2:40000" or "[2001:db8::2]:40000".
void hp_addr_write_port(const struct hp_addr *addr, char *text, size_t size);

bool hp_addr_is_none(const struct hp_addr *addr);
bool hp_addr_is_ipv4(const struct hp_addr *addr);
bool hp_addr_is_loopback(const struct hp_addr *addr);
bool hp_addr_equal(const struct hp_addr *a, const struct hp_addr *b);
bool hp_addr_equal_ip(const struct hp_addr *a, const struct hp_addr *b);

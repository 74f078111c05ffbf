// listener.h - accepts TCP connections, looks at their first bytes and hands them over. Main
// thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "port/peek.h"

enum {
    HP_LISTENER_MAX_PENDING = 2048
}; // connections whose first bytes have not come yet, by default

struct hp_listener;
struct hp_worker;

// Takes over a connection, of which no byte has been read yet: fn owns the descriptor. `address` is
// borrowed.
typedef void (*hp_listener_fn)(void *arg, int fd, enum hp_peek kind, const char *address);

struct hp_listener_params {
    const char *bind; // addresses, joined by commas: ":8080", "127.0.0.1:0", "[::]:8080"
    const char *option; // where `bind` is from, for errors; NULL: server.bind
    unsigned max_pending; // connections whose first bytes have not come yet; 0: the default
    unsigned max_per_address; // of these; beyond it the oldest makes room for the newest
};

struct hp_listener_counters {
    uint64_t accepted;
    uint64_t junk; // connections in an unknown protocol, or in one without a handler
    uint64_t timeouts; // connections that sent nothing in time
    uint64_t evicted; // connections that made room for newer ones
    uint64_t no_descriptor; // connections that were refused for want of a descriptor
};

// Is the text one address in the format of `bind`? This machine may still not have the address.
bool hp_listener_is_address(const char *text);

// What would keep this machine from listening at that address, as what was expected; NULL: nothing.
// That it is in use is no fault, since the server itself may be running. May look a name up.
const char *hp_listener_find_fault(const char *text);

// NULL: an address is not valid or not free, and the reason has been logged. Owner: http.
struct hp_listener *hp_listener_create(
        struct hp_worker *main, const struct hp_listener_params *params);
// Stops and frees; the connections that were handed over are not touched.
void hp_listener_destroy(struct hp_listener *listener);

// Connections of that kind go to fn; NULL: they are closed.
void hp_listener_set_handler(
        struct hp_listener *listener, enum hp_peek kind, hp_listener_fn fn, void *arg);

// Stops accepting connections, and closes the pending ones.
void hp_listener_stop(struct hp_listener *listener);

// Writes the addresses at which it listens, at most `max`; returns their number. A socket for both
// families counts as two addresses, :: and 0.0.0.0.
unsigned hp_listener_places(
        const struct hp_listener *listener, struct sockaddr_storage *places, unsigned max);

uint16_t hp_listener_port(const struct hp_listener *listener); // of the first address
// As in `bind`, each with the port that it got. Owner: the listener.
const char *hp_listener_addresses(const struct hp_listener *listener);
const struct hp_listener_counters *hp_listener_counters(const struct hp_listener *listener);

// clients_scene.h - test: hp_tcp with a fake service, clients that connect over loopback, and a peer on
// another worker.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nat/flow.h"
#include "tcp/bench.h"

struct hp_stream;

enum {
    CLIENTS = 8,
    GUEST = 7, // of the first client
    BINDING_SIZE = 20,
};

extern const uint8_t binding[BINDING_SIZE]; // a Binding request

struct scene {
    struct bench bench;
    int clients[CLIENTS];
    unsigned count; // of clients
    bool is_known; // the service keeps something for each client
    bool is_silent; // it does not answer
    bool is_refusing; // it takes no message
    struct hp_flow flows[CLIENTS]; // in the order of their first messages
    unsigned flow_count;
    unsigned messages, service_ends, ends, signs, proofs;
    uint8_t last[2048];
    size_t last_size;
    struct hp_flow_wait wait; // on the other worker
    atomic_uint sent; // messages that the carrier took on the other worker
    atomic_uint steps; // that the other worker has done
    atomic_uint rooms; // it was told of
};

extern struct scene scene;

// Set-ups and tear-downs of cmocka; _faked: time passes only by pass().
int begin(void **state);
int begin_faked(void **state);
int end(void **state);
int end_faked(void **state);

// Ends the other worker.
struct hp_tcp_counters finish(void);

// What is posted or has come is looked at; under a fake time the loop has no end.
void look(void);
void pass(unsigned time_ms);

// Connects the next client; returns the server's end of it as a stream that no poller has.
struct hp_stream *connect_client(void);
// The same, and hands it to hp_tcp.
void take(void);

void say(unsigned client, const void *data, size_t size);
void assert_read(unsigned client, const void *expected, size_t size);
void assert_over(unsigned client); // no more bytes come

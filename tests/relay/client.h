// client.h - test: a TURN client that builds its requests with libnice, and time that passes only
// when the test says so.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stun/stunagent.h>

#include "nat/flow.h"
#include "relay/credentials.h"

enum { CLIENT_DATA_SIZE = 2048 };

struct client {
    StunAgent agent; // signs and verifies
    StunMessage stun;
    struct hp_flow flow; // its way to us
    struct hp_credentials credentials;
    char realm[16], nonce[64]; // "": the request is not signed
    uint8_t data[CLIENT_DATA_SIZE]; // the request; zero bytes follow it
    size_t size;
};

// From now on hp_clock_now_us() is the test's time; 0: the real one again.
void client_clock_begin(void);
void client_clock_end(void);
void client_clock_pass_s(unsigned seconds);

// Unix time in that many seconds.
int64_t client_expiry(int seconds);

struct hp_addr client_addr(const char *ip, uint16_t port);

// A client at 198.51.100.9:5000 that talks to 10.0.0.1:8080, with an hour's credentials for
// `secret`.
void client_init(struct client *client, const char *secret);

// Begins a request with a new transaction id.
void client_begin(struct client *client, StunMethod method);
void client_add_peer(struct client *client, const char *ip, uint16_t port);
void client_add_u32(struct client *client, uint16_t type, uint32_t value);
// Ends it: with USERNAME, REALM, NONCE and MESSAGE-INTEGRITY once there is a nonce.
void client_end(struct client *client);

// An unsigned indication with one peer and data.
void client_build_send(struct client *client, const char *ip, uint16_t port, const char *data);

// Takes REALM and NONCE of a 401 or 438. The code of an answer, 0: success, -1: the answer is none
// to our request, or is not signed as it has to be.
int client_read(struct client *client, const uint8_t *reply, size_t size);

// nonce.h - nonces that need no memory: the time and an HMAC of the time and the client's address,
// so that whoever has not asked yet costs nothing (RFC 8489 section 9.2). Embedded.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_addr;

enum {
    HP_NONCE_SIZE = 16, // characters
    HP_NONCE_TEXT_SIZE = HP_NONCE_SIZE + 1,
    HP_NONCE_LIFETIME_S = 600, // a client that comes later is told another one (438)
};

struct hp_nonce {
    uint8_t key[20]; // of this process
};

void hp_nonce_init(struct hp_nonce *nonce);

// Writes a nonce for a client, and a NUL. Any thread.
void hp_nonce_write(const struct hp_nonce *nonce, const struct hp_addr *client, int64_t now_us,
        char text[HP_NONCE_TEXT_SIZE]);

// Is this a nonce of ours for that client, and not older than HP_NONCE_LIFETIME_S? Any thread.
bool hp_nonce_is_fresh(const struct hp_nonce *nonce, const struct hp_addr *client, int64_t now_us,
        const uint8_t *text, size_t size);

// handles.c - numbers for peers that nobody can guess from others.
// Owner: hp_ingress.  Thread: any.
#include "nat/handles.h"

#include <glib.h>

#include "base/ident.h"

enum {
    ROUNDS = 4, // what makes a permutation of a keyed function look random to all who see results
    DIGEST_SIZE = 32,
};

void
hp_handles_init(struct hp_handles *handles)
{
    hp_ident_random(handles->key, sizeof(handles->key));
}

static uint16_t
scramble(const struct hp_handles *handles, uint8_t round, uint16_t half)
{
    const uint8_t data[] = { round, (uint8_t) (half >> 8), (uint8_t) half };
    uint8_t digest[DIGEST_SIZE];
    gsize size = sizeof(digest);
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, handles->key, sizeof(handles->key));
    g_hmac_update(hmac, data, sizeof(data));
    g_hmac_get_digest(hmac, digest, &size);
    g_hmac_unref(hmac);
    return (uint16_t) (digest[0] << 8 | digest[1]);
}

uint32_t
hp_handles_make(const struct hp_handles *handles, uint32_t number)
{
    uint16_t left = (uint16_t) (number >> 16), right = (uint16_t) number;
    for (uint8_t round = 0; round < ROUNDS; round++) {
        uint16_t next = left ^ scramble(handles, round, right);
        left = right;
        right = next;
    }
    return (uint32_t) left << 16 | right;
}

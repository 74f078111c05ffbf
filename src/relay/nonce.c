// nonce.c - nonces that need no memory.
// Owner: hp_relay.  Thread: any.
// RFC 8489 section 9.2: a nonce says when it was made, and for whom.
#include "relay/nonce.h"

#include <string.h>

#include <glib.h>

#include "base/ident.h"
#include "nat/addr.h"
#include "wire/bytes.h"

enum {
    TIME_SIZE = 4, // seconds
    DIGEST_SIZE = 8, // of the HMAC: enough for what lives for minutes
    SHA1_SIZE = 20,
    SECOND_US = 1000000,
};

void
hp_nonce_init(struct hp_nonce *nonce)
{
    hp_ident_random(nonce->key, sizeof(nonce->key));
}

static void
write_at(const struct hp_nonce *nonce, const struct hp_addr *client, uint32_t time_s,
        char text[HP_NONCE_TEXT_SIZE])
{
    uint8_t bytes[TIME_SIZE + DIGEST_SIZE], port[2], digest[SHA1_SIZE];
    gsize size = sizeof(digest);
    hp_bytes_put_u32(bytes, time_s);
    hp_bytes_put_u16(port, client->port);
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, nonce->key, sizeof(nonce->key));
    g_hmac_update(hmac, bytes, TIME_SIZE);
    g_hmac_update(hmac, client->ip, sizeof(client->ip));
    g_hmac_update(hmac, port, sizeof(port));
    g_hmac_get_digest(hmac, digest, &size);
    g_hmac_unref(hmac);
    memcpy(bytes + TIME_SIZE, digest, DIGEST_SIZE);
    char *encoded = g_base64_encode(bytes, sizeof(bytes)); // 12 bytes have no padding
    memcpy(text, encoded, HP_NONCE_TEXT_SIZE);
    g_free(encoded);
}

void
hp_nonce_write(const struct hp_nonce *nonce, const struct hp_addr *client, int64_t now_us,
        char text[HP_NONCE_TEXT_SIZE])
{
    write_at(nonce, client, (uint32_t) (now_us / SECOND_US), text);
}

bool
hp_nonce_is_fresh(const struct hp_nonce *nonce, const struct hp_addr *client, int64_t now_us,
        const uint8_t *text, size_t size)
{
    char given[HP_NONCE_TEXT_SIZE], expected[HP_NONCE_TEXT_SIZE];
    if (size != HP_NONCE_SIZE || memchr(text, '\0', size) != NULL) {
        return false;
    }
    memcpy(given, text, HP_NONCE_SIZE);
    given[HP_NONCE_SIZE] = '\0';
    gsize decoded_size = 0;
    guchar *bytes = g_base64_decode(given, &decoded_size);
    uint32_t time_s = decoded_size == TIME_SIZE + DIGEST_SIZE ? hp_bytes_u32(bytes) : UINT32_MAX;
    g_free(bytes);
    uint32_t age_s = (uint32_t) (now_us / SECOND_US) - time_s; // a time to come is a huge age
    if (age_s > HP_NONCE_LIFETIME_S) {
        return false;
    }
    write_at(nonce, client, time_s, expected);
    return hp_ident_equal(expected, given);
}

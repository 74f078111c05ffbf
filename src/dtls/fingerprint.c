// fingerprint.c - the certificate hashes that a remote description has promised.
// Owner: hp_dtls.  Thread: any.
// RFC 8122.
#include "dtls/fingerprint.h"

#include <string.h>
#include <strings.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static const struct {
    const char *name; // a space follows
    size_t size;
} hashes[] = {
    [HP_FINGERPRINT_SHA256] = { "sha-256 ", 32 },
    [HP_FINGERPRINT_SHA384] = { "sha-384 ", 48 },
    [HP_FINGERPRINT_SHA512] = { "sha-512 ", 64 },
};

static const EVP_MD *
digest(enum hp_fingerprint_hash hash)
{
    switch (hash) {
    case HP_FINGERPRINT_SHA256: return EVP_sha256();
    case HP_FINGERPRINT_SHA384: return EVP_sha384();
    case HP_FINGERPRINT_SHA512: return EVP_sha512();
    }
    return NULL;
}

// Reads exactly `size` bytes as "AB:CD:..."; further text is an error.
static bool
parse_hex(const char *text, uint8_t *value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = g_ascii_xdigit_value(text[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        char expected = i + 1 < size ? ':' : '\0';
        if (low < 0 || text[2] != expected) {
            return false;
        }
        value[i] = (uint8_t) (high << 4 | low);
        text += 3;
    }
    return true;
}

bool
hp_fingerprints_add(struct hp_fingerprints *fingerprints, const char *text)
{
    if (fingerprints->count == HP_FINGERPRINTS_MAX) {
        return false;
    }
    struct hp_fingerprint *item = &fingerprints->items[fingerprints->count];
    for (unsigned i = 0; i < G_N_ELEMENTS(hashes); i++) {
        size_t length = strlen(hashes[i].name);
        if (strncasecmp(text, hashes[i].name, length) != 0) {
            continue;
        }
        if (!parse_hex(text + length, item->value, hashes[i].size)) {
            return false;
        }
        item->hash = (enum hp_fingerprint_hash) i;
        fingerprints->count++;
        return true;
    }
    return false;
}

bool
hp_fingerprints_match(const struct hp_fingerprints *fingerprints, X509 *x509)
{
    enum hp_fingerprint_hash strongest = HP_FINGERPRINT_SHA256;
    for (unsigned i = 0; i < fingerprints->count; i++) {
        strongest = MAX(strongest, fingerprints->items[i].hash);
    }
    uint8_t value[EVP_MAX_MD_SIZE];
    if (!X509_digest(x509, digest(strongest), value, NULL)) {
        return false;
    }
    for (unsigned i = 0; i < fingerprints->count; i++) {
        const struct hp_fingerprint *item = &fingerprints->items[i];
        if (item->hash == strongest
                && CRYPTO_memcmp(item->value, value, hashes[strongest].size) == 0) {
            return true;
        }
    }
    return false;
}

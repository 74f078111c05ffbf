// fingerprint.h - the certificate hashes that a remote description has promised. RFC 8122. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct x509_st; // OpenSSL's X509

enum {
    HP_FINGERPRINTS_MAX = 8, // further ones are ignored
    HP_FINGERPRINT_SIZE_MAX = 64,
};

enum hp_fingerprint_hash {
    HP_FINGERPRINT_SHA256,
    HP_FINGERPRINT_SHA384,
    HP_FINGERPRINT_SHA512
};

struct hp_fingerprint {
    enum hp_fingerprint_hash hash;
    uint8_t value[HP_FINGERPRINT_SIZE_MAX];
};

struct hp_fingerprints {
    struct hp_fingerprint items[HP_FINGERPRINTS_MAX];
    unsigned count;
};

// Adds the value of an a=fingerprint line, "sha-256 AB:CD:...". False: the line is ignored, because
// of another hash, a wrong number of bytes, or no room.
bool hp_fingerprints_add(struct hp_fingerprints *fingerprints, const char *text);

// Does the certificate match one of the fingerprints with the strongest hash among them (RFC 8122
// section 5.1)? False if there are none.
bool hp_fingerprints_match(const struct hp_fingerprints *fingerprints, struct x509_st *x509);

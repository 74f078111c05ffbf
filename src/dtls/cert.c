// cert.c - the server's DTLS certificate: ECDSA P-256, self-signed, made at start.
// Owner: hp_rtc.  Thread: any; immutable once created.
// RFC 8826 section 6.5 (P-256), RFC 8122 (fingerprint).
#include "dtls/cert.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <glib.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define LOG_TAG "cert"
#include "base/log.h"

enum {
    SERIAL_BITS = 127, // positive, at most 16 bytes
    BACKDATED_SECONDS = 24 * 3600, // a browser's clock may be behind
    VALID_SECONDS = 365 * 24 * 3600, // longer than a process should live; browsers do not check it
    HASH_SIZE = 32,
};

struct hp_cert {
    EVP_PKEY *key;
    X509 *x509;
    char fingerprint[sizeof("sha-256 ") + 3 * HASH_SIZE];
};

static bool
set_serial(X509 *x509)
{
    BIGNUM *number = BN_new();
    bool is_done = number != NULL
            && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY)
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
    BN_free(number);
    return is_done;
}

static bool
set_names(X509 *x509)
{
    X509_NAME *name = X509_get_subject_name(x509);
    return X509_NAME_add_entry_by_txt(
                   name, "CN", MBSTRING_ASC, (const unsigned char *) "hairpin", -1, -1, 0)
            && X509_set_issuer_name(x509, name);
}

static bool
sign(struct hp_cert *cert)
{
    X509 *x509 = cert->x509;
    return X509_set_version(x509, 2) // the field counts from 0: this is X.509 v3
            && set_serial(x509) && set_names(x509)
            && X509_gmtime_adj(X509_getm_notBefore(x509), -BACKDATED_SECONDS) != NULL
            && X509_gmtime_adj(X509_getm_notAfter(x509), VALID_SECONDS) != NULL
            && X509_set_pubkey(x509, cert->key) && X509_sign(x509, cert->key, EVP_sha256()) > 0;
}

static bool
write_fingerprint(struct hp_cert *cert)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!X509_digest(cert->x509, EVP_sha256(), hash, &size) || size != HASH_SIZE) {
        return false;
    }
    size_t length = (size_t) snprintf(cert->fingerprint, sizeof(cert->fingerprint), "sha-256 ");
    for (unsigned i = 0; i < size; i++) {
        length += (size_t) snprintf(cert->fingerprint + length, sizeof(cert->fingerprint) - length,
                "%s%02X", i == 0 ? "" : ":", hash[i]);
    }
    return true;
}

struct hp_cert *
hp_cert_create(void)
{
    struct hp_cert *cert = g_new0(struct hp_cert, 1);
    cert->key = EVP_EC_gen("P-256");
    cert->x509 = X509_new();
    if (cert->key == NULL || cert->x509 == NULL || !sign(cert) || !write_fingerprint(cert)) {
        log_error("the DTLS certificate cannot be made, OpenSSL says: %s",
                ERR_error_string(ERR_get_error(), NULL));
        ERR_clear_error();
        hp_cert_destroy(cert);
        return NULL;
    }
    return cert;
}

void
hp_cert_destroy(struct hp_cert *cert)
{
    if (cert == NULL) {
        return;
    }
    X509_free(cert->x509);
    EVP_PKEY_free(cert->key);
    g_free(cert);
}

const char *
hp_cert_fingerprint(const struct hp_cert *cert)
{
    return cert->fingerprint;
}

X509 *
hp_cert_x509(const struct hp_cert *cert)
{
    return cert->x509;
}

EVP_PKEY *
hp_cert_key(const struct hp_cert *cert)
{
    return cert->key;
}

// tls_pair.h - a certificate with its chain, and its key, read from two PEM files of the operator.
// Main thread.
#pragma once

#include <stdbool.h>

#include <openssl/x509.h>

// The owner may move the members to where they are used.
struct hp_tls_pair {
    X509 *cert;
    STACK_OF(X509) *chain; // of the authorities, as the file has them; may be empty
    EVP_PKEY *key;
};

// Opens each file once. NULL: the pair is the caller's, hp_tls_pair_clear() frees it. Else what is
// wrong, what was expected and what to do; free it with g_free(). That the certificate has expired
// is no fault here.
char *hp_tls_pair_read(struct hp_tls_pair *pair, const char *cert_path, const char *key_path);
void hp_tls_pair_clear(struct hp_tls_pair *pair); // {0} is fine

// Will the certificate be valid in that many days? 0: is it now?
bool hp_tls_pair_is_valid(const struct hp_tls_pair *pair, int days);

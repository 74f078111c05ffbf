// cert.h - the server's DTLS certificate: ECDSA P-256, self-signed, made at start.
#pragma once

struct evp_pkey_st; // OpenSSL's EVP_PKEY
struct x509_st; // OpenSSL's X509
struct hp_cert;

// Makes a key and a certificate for it. NULL: the reason has been logged. Any thread; immutable
// afterwards.
struct hp_cert *hp_cert_create(void);
void hp_cert_destroy(struct hp_cert *cert);

// The value of SDP's a=fingerprint line: "sha-256 AB:CD:...". Valid as long as the certificate.
const char *hp_cert_fingerprint(const struct hp_cert *cert);

// For dtls.c; borrowed.
struct x509_st *hp_cert_x509(const struct hp_cert *cert);
struct evp_pkey_st *hp_cert_key(const struct hp_cert *cert);

// dtls_context.h - what the DTLS connections of a server share: certificate, ciphers, curves, SRTP
// profiles. Any thread; immutable once made.
#pragma once

struct hp_cert;
struct hp_dtls_bio;
struct hp_dtls_context;
struct ssl_st; // OpenSSL's SSL

// Owner: hp_rtc; outlives every connection. cert: borrowed during the call. NULL after logging why.
struct hp_dtls_context *hp_dtls_context_create(const struct hp_cert *cert);
void hp_dtls_context_destroy(struct hp_dtls_context *context);

// Makes OpenSSL's object of one connection on top of that BIO; the caller says which role it plays.
// The object's app data has to be the struct hp_fingerprints that the peer's certificate is held
// against. NULL after logging why. The caller frees the object with SSL_free().
struct ssl_st *hp_dtls_context_new_ssl(
        const struct hp_dtls_context *context, struct hp_dtls_bio *bio);

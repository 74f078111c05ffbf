// dtls_context.h - the settings that the DTLS connections of a server share: certificate, ciphers,
// curves, SRTP profiles. RFC 8827 section 6.5. Any thread; immutable once created.
#pragma once

struct hp_cert;
struct hp_dtls_bio;
struct hp_dtls_context;
struct ssl_st; // OpenSSL's SSL

// Owner: hp_rtc; outlives every connection. `cert` is borrowed during the call. NULL: the reason
// has been logged.
struct hp_dtls_context *hp_dtls_context_create(const struct hp_cert *cert);
void hp_dtls_context_destroy(struct hp_dtls_context *context);

// Makes OpenSSL's object for one connection on top of that BIO; the caller sets its role. The
// object's app data has to be the struct hp_fingerprints that the peer's certificate is checked
// against. NULL: the reason has been logged. The caller frees the object with SSL_free().
struct ssl_st *hp_dtls_context_new_ssl(
        const struct hp_dtls_context *context, struct hp_dtls_bio *bio);

// dtls_context.c - the settings that the DTLS connections of a server share: certificate, ciphers,
// curves, SRTP profiles, and the rule that only the fingerprint of a certificate counts.
// Owner: hp_rtc.  Thread: any; immutable once created.
// RFC 8827 section 6.5, RFC 5763, RFC 5764.
#include "dtls/dtls_context.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define LOG_TAG "dtls"
#include "base/log.h"
#include "dtls/cert.h"
#include "dtls/dtls_bio.h"
#include "dtls/fingerprint.h"
#include "dtls/srtp.h"

// AEAD with forward secrecy only. We have an ECDSA certificate, a browser may have an RSA one.
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                              "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";
static const char groups[] = "X25519:P-256";
static const char profiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
static const char plain_profiles[] = "SRTP_AES128_CM_SHA1_80"; // for a libsrtp2 without AES-GCM

enum {
    MAX_FRAGMENT = 2048, // of a record that we send: more than any path takes, or 16 KB would wait
    MAX_CHAIN_SIZE = 16 * 1024, // bytes of the peer's certificates; a browser sends about 300
};

struct hp_dtls_context {
    SSL_CTX *ssl_ctx;
    BIO_METHOD *bio_method;
};

// Replaces the verification of a chain: names, dates and issuers have no meaning here.
static int
verify_certificate(X509_STORE_CTX *store, void *arg)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct hp_fingerprints *fingerprints = SSL_get_app_data(ssl);
    X509 *x509 = X509_STORE_CTX_get0_cert(store);
    (void) arg;
    if (x509 != NULL && hp_fingerprints_match(fingerprints, x509)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static bool
set_up(SSL_CTX *ssl_ctx, const struct hp_cert *cert, bool has_gcm)
{
    SSL_CTX_set_options(ssl_ctx,
            SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION
                    | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ssl_ctx, MAX_CHAIN_SIZE);
    SSL_CTX_set_max_send_fragment(ssl_ctx, MAX_FRAGMENT);
    SSL_CTX_set_read_ahead(ssl_ctx, 1); // one read takes a whole datagram
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ssl_ctx, verify_certificate, NULL);
    return SSL_CTX_set_min_proto_version(ssl_ctx, DTLS1_2_VERSION)
            && SSL_CTX_set_max_proto_version(ssl_ctx, DTLS1_2_VERSION)
            && SSL_CTX_set_cipher_list(ssl_ctx, ciphers)
            && SSL_CTX_set1_groups_list(ssl_ctx, groups)
            // 0: done
            && SSL_CTX_set_tlsext_use_srtp(ssl_ctx, has_gcm ? profiles : plain_profiles) == 0
            && SSL_CTX_use_certificate(ssl_ctx, hp_cert_x509(cert))
            && SSL_CTX_use_PrivateKey(ssl_ctx, hp_cert_key(cert));
}

struct hp_dtls_context *
hp_dtls_context_create(const struct hp_cert *cert)
{
    bool has_gcm;
    if (!hp_srtp_hold(&has_gcm)) {
        return NULL; // hp_srtp_hold() has logged the reason
    }
    if (!has_gcm) {
        log_warn("this libsrtp2 has no AES-GCM: media is encrypted by AES-CM, which costs more; "
                 "install one that is built with OpenSSL or NSS, as distributions have it");
    }
    struct hp_dtls_context *context = g_new0(struct hp_dtls_context, 1);
    context->bio_method = hp_dtls_bio_method_create();
    context->ssl_ctx = SSL_CTX_new(DTLS_method());
    if (context->bio_method == NULL || context->ssl_ctx == NULL
            || !set_up(context->ssl_ctx, cert, has_gcm)) {
        log_error("DTLS cannot be set up, OpenSSL says: %s",
                ERR_error_string(ERR_get_error(), NULL));
        ERR_clear_error();
        hp_dtls_context_destroy(context);
        return NULL;
    }
    return context;
}

void
hp_dtls_context_destroy(struct hp_dtls_context *context)
{
    if (context == NULL) {
        return;
    }
    SSL_CTX_free(context->ssl_ctx);
    BIO_meth_free(context->bio_method);
    hp_srtp_release();
    g_free(context);
}

SSL *
hp_dtls_context_new_ssl(const struct hp_dtls_context *context, struct hp_dtls_bio *bio)
{
    SSL *ssl = SSL_new(context->ssl_ctx);
    BIO *handle = hp_dtls_bio_new(bio, context->bio_method);
    if (ssl == NULL || handle == NULL) {
        log_error("a DTLS connection cannot be made, OpenSSL says: %s",
                ERR_error_string(ERR_get_error(), NULL));
        ERR_clear_error();
        SSL_free(ssl);
        BIO_free(handle);
        return NULL;
    }
    SSL_set_bio(ssl, handle, handle);
    DTLS_set_link_mtu(ssl, (long) bio->mtu);
    return ssl;
}

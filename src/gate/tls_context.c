// tls_context.c - what all TLS connections of the server share: its certificate and key.
// Owner: http.  Thread: main.
// RFC 8446, RFC 7301 (ALPN).
#include "gate/tls_context.h"

#include <string.h>

#include <glib.h>
#include <openssl/err.h>
#include <sys/stat.h>

#define LOG_TAG "tls"
#include "base/log.h"
#include "gate/tls_pair.h"

struct files {
    struct stat cert, key;
};

struct hp_tls_context {
    SSL_CTX *context;
    char *cert, *key; // paths
    struct files read, seen; // when they were read, and when they were last looked at
};

static int
choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
        const unsigned char *offered, unsigned offered_size, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void) ssl;
    (void) arg;
    unsigned char *match = NULL;
    int result = SSL_select_next_proto(
            &match, chosen_size, ours, sizeof(ours) - 1, offered, offered_size);
    *chosen = match;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// NULL: OpenSSL refuses the pair.
static SSL_CTX *
make_context(const struct hp_tls_pair *pair)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context,
            SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                    | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A call of SSL_read() takes one record: by itself it reads on while records bring no bytes.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (SSL_CTX_use_cert_and_key(context, pair->cert, pair->key, pair->chain, 1) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

// Opens each file once. NULL: *fault says why; free it with g_free().
static SSL_CTX *
load(const char *cert, const char *key, bool may_be_expired, char **fault)
{
    struct hp_tls_pair pair;
    SSL_CTX *context = NULL;
    *fault = hp_tls_pair_read(&pair, cert, key);
    if (*fault == NULL && !may_be_expired && !hp_tls_pair_is_valid(&pair, 0)) {
        *fault = g_strdup_printf("the certificate %s has expired: renew it", cert);
    } else if (*fault == NULL && (context = make_context(&pair)) == NULL) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        *fault = g_strdup_printf("the certificate %s and the key %s cannot be used: %s; set "
                                 "server.cert and server.key to a pair",
                cert, key, reason == NULL ? "not valid" : reason);
        ERR_clear_error();
    }
    hp_tls_pair_clear(&pair);
    return context;
}

static void
look(const struct hp_tls_context *tls, struct files *files)
{
    memset(files, 0, sizeof(*files)); // a file that is missing has no number
    if (stat(tls->cert, &files->cert) != 0 || stat(tls->key, &files->key) != 0) {
        memset(files, 0, sizeof(*files));
    }
}

static bool
is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_ino == other->st_ino && one->st_dev == other->st_dev
            && one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec
            && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

static bool
is_same(const struct files *one, const struct files *other)
{
    return is_same_file(&one->cert, &other->cert) && is_same_file(&one->key, &other->key);
}

struct hp_tls_context *
hp_tls_context_create(const char *cert, const char *key)
{
    struct hp_tls_context *tls = g_new0(struct hp_tls_context, 1);
    tls->cert = g_strdup(cert);
    tls->key = g_strdup(key);
    look(tls, &tls->read);
    tls->seen = tls->read;
    char *fault;
    tls->context = load(cert, key, true, &fault);
    if (tls->context == NULL) {
        log_error("%s", fault);
        g_free(fault);
        hp_tls_context_destroy(tls);
        return NULL;
    }
    return tls;
}

void
hp_tls_context_destroy(struct hp_tls_context *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_CTX_free(tls->context);
    g_free(tls->cert);
    g_free(tls->key);
    g_free(tls);
}

SSL *
hp_tls_context_open(const struct hp_tls_context *tls)
{
    return SSL_new(tls->context);
}

bool
hp_tls_context_is_stale(struct hp_tls_context *tls)
{
    struct files before = tls->seen;
    look(tls, &tls->seen);
    return is_same(&tls->seen, &before) && !is_same(&tls->seen, &tls->read);
}

bool
hp_tls_context_reload(struct hp_tls_context *tls)
{
    look(tls, &tls->read);
    tls->seen = tls->read;
    char *fault;
    SSL_CTX *context = load(tls->cert, tls->key, false, &fault);
    if (context == NULL) {
        log_warn("the certificate in use stays: %s", fault);
        g_free(fault);
        return false;
    }
    SSL_CTX_free(tls->context); // connections keep theirs
    tls->context = context;
    log_info("took up the certificate %s", tls->cert);
    return true;
}

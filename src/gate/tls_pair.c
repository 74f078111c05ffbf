// tls_pair.c - a certificate with its chain, and its key, read from two PEM files.
// Owner: who reads it.  Thread: main.
#include "gate/tls_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <glib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DAY_S = 86400,
    MAX_FILE = 1024 * 1024, // bytes; a long chain has some 20 KB
    MAX_CHAIN = 100, // certificates, as in OpenSSL's own limit for a depth
};

static const char *
openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == NULL ? "not a valid PEM file" : reason;
}

// Opens a file of the operator. It may be anything, so the server neither waits for it nor reads
// more than a certificate can be. NULL: *reason says why.
static FILE *
open_file(const char *path, const char **reason)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        *reason = g_strerror(errno);
        return NULL;
    }
    *reason = fstat(fd, &status) != 0 ? g_strerror(errno)
            : !S_ISREG(status.st_mode) ? "it is no regular file"
            : status.st_size > MAX_FILE ? "it has more than 1 MiB"
                                        : NULL;
    FILE *file = *reason == NULL ? fdopen(fd, "r") : NULL;
    if (*reason == NULL && file == NULL) {
        *reason = g_strerror(errno);
    }
    if (file == NULL) {
        close(fd);
    }
    return file;
}

static char *
read_cert(struct hp_tls_pair *pair, const char *path)
{
    const char *reason;
    FILE *file = open_file(path, &reason);
    if (file == NULL) {
        return g_strdup_printf(
                "the certificate %s cannot be read: %s; set server.cert to a readable file", path,
                reason);
    }
    X509 *authority;
    pair->cert = PEM_read_X509_AUX(file, NULL, NULL, NULL);
    pair->chain = sk_X509_new_null();
    while (pair->cert != NULL && sk_X509_num(pair->chain) < MAX_CHAIN
            && (authority = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
        sk_X509_push(pair->chain, authority);
    }
    fclose(file);
    if (pair->cert == NULL) {
        return g_strdup_printf(
                "%s has no certificate: %s; expected PEM", path, openssl_reason());
    }
    bool is_whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const char *fault = is_whole ? NULL : openssl_reason();
    ERR_clear_error();
    return is_whole ? NULL
                    : g_strdup_printf("%s has a damaged certificate after the first one: %s; "
                                      "expected the chain as PEM", path, fault);
}

static char *
read_key(struct hp_tls_pair *pair, const char *path)
{
    static char no_password[] = "";
    const char *reason;
    FILE *file = open_file(path, &reason);
    if (file == NULL) {
        return g_strdup_printf("the key %s cannot be read: %s; set server.key to a readable file",
                path, reason);
    }
    pair->key = PEM_read_PrivateKey(file, NULL, NULL, no_password);
    fclose(file);
    return pair->key != NULL
            ? NULL
            : g_strdup_printf(
                    "%s has no key: %s; expected PEM without a password", path, openssl_reason());
}

char *
hp_tls_pair_read(struct hp_tls_pair *pair, const char *cert_path, const char *key_path)
{
    *pair = (struct hp_tls_pair){ .cert = NULL };
    ERR_clear_error();
    char *fault = read_cert(pair, cert_path);
    fault = fault != NULL ? fault : read_key(pair, key_path);
    if (fault == NULL && X509_check_private_key(pair->cert, pair->key) != 1) {
        ERR_clear_error();
        fault = g_strdup_printf("the key %s does not belong to the certificate %s: set server.key "
                                "and server.cert to a pair",
                key_path, cert_path);
    }
    if (fault != NULL) {
        hp_tls_pair_clear(pair);
    }
    return fault;
}

void
hp_tls_pair_clear(struct hp_tls_pair *pair)
{
    X509_free(pair->cert);
    sk_X509_pop_free(pair->chain, X509_free);
    EVP_PKEY_free(pair->key);
    *pair = (struct hp_tls_pair){ .cert = NULL };
}

bool
hp_tls_pair_is_valid(const struct hp_tls_pair *pair, int days)
{
    time_t limit = time(NULL) + (time_t) days * DAY_S;
    return X509_cmp_time(X509_get0_notAfter(pair->cert), &limit) > 0;
}

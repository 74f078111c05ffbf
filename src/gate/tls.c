// tls.c - the server's certificate: from configured files, or a self-signed one.
// Owner: http.  Thread: main.
#include "gate/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_TAG "tls"
#include "base/log.h"
#include "gate/tls_pair.h"

enum {
    // the most that browsers accept from authorities; a self-signed one may have it too
    LIFETIME_DAYS = 397,
    RENEW_DAYS = 30,
    DAY_S = 86400,
    MAX_NAMES = 32,
};

static const char *
openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == NULL ? "no reason" : reason;
}

// The operator's files. False: the reason has been logged.
static bool
check_given(const char *cert_path, const char *key_path)
{
    struct hp_tls_pair pair;
    char *fault = hp_tls_pair_read(&pair, cert_path, key_path);
    if (fault != NULL) {
        log_error("%s", fault);
        g_free(fault);
        return false;
    }
    if (!hp_tls_pair_is_valid(&pair, 0)) {
        log_warn("the certificate %s has expired and browsers refuse it: renew the certificate",
                cert_path);
    }
    hp_tls_pair_clear(&pair);
    return true;
}

// Is there a pair that we have made, and that may stay?
static bool
is_good_own(const char *cert_path, const char *key_path)
{
    struct hp_tls_pair pair;
    char *fault = hp_tls_pair_read(&pair, cert_path, key_path);
    bool is_good = fault == NULL && hp_tls_pair_is_valid(&pair, RENEW_DAYS);
    hp_tls_pair_clear(&pair);
    g_free(fault);
    return is_good;
}

static void
add_ip(GString *names, const void *bytes, int family)
{
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(family, bytes, text, sizeof(text)) != NULL) {
        g_string_append_printf(names, ",IP:%s", text);
    }
}

static void
add_own_addresses(GString *names)
{
    struct ifaddrs *all = NULL;
    unsigned count = 0;
    if (getifaddrs(&all) != 0) {
        return;
    }
    for (const struct ifaddrs *one = all; one != NULL && count < MAX_NAMES; one = one->ifa_next) {
        if (one->ifa_addr == NULL || (one->ifa_flags & IFF_LOOPBACK) != 0) {
            continue;
        }
        if (one->ifa_addr->sa_family == AF_INET) {
            const struct sockaddr_in *v4 = (const void *) one->ifa_addr;
            add_ip(names, &v4->sin_addr, AF_INET);
            count++;
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            const struct sockaddr_in6 *v6 = (const void *) one->ifa_addr;
            if (!IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) {
                add_ip(names, &v6->sin6_addr, AF_INET6);
                count++;
            }
        }
    }
    freeifaddrs(all);
}

static char *
subject_names(void)
{
    GString *names = g_string_new("DNS:localhost,IP:127.0.0.1,IP:::1");
    const char *host = g_get_host_name();
    bool is_name = host[0] != '\0' && strlen(host) < 64 && strcmp(host, "localhost") != 0
            && strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
                    == strlen(host);
    if (is_name) {
        g_string_append_printf(names, ",DNS:%s", host);
    }
    add_own_addresses(names);
    return g_string_free(names, FALSE);
}

static bool
add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool is_added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool
set_serial(X509 *cert)
{
    BIGNUM *number = BN_new();
    bool is_set = BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return is_set;
}

// Makes a self-signed certificate. NULL: OpenSSL refused.
static X509 *
make_cert(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    char *names = subject_names();
    X509_NAME *subject = X509_get_subject_name(cert);
    X509_set_version(cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S); // the clocks of browsers differ
    X509_gmtime_adj(X509_getm_notAfter(cert), (long) LIFETIME_DAYS * DAY_S);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(
            subject, "CN", MBSTRING_ASC, (const unsigned char *) "Hairpin", -1, -1, 0);
    X509_set_issuer_name(cert, subject);
    bool is_made = set_serial(cert) && add_extension(cert, NID_subject_alt_name, names)
            && add_extension(cert, NID_basic_constraints, "critical,CA:FALSE")
            && add_extension(cert, NID_key_usage, "critical,digitalSignature")
            && add_extension(cert, NID_ext_key_usage, "serverAuth")
            && X509_sign(cert, key, EVP_sha256()) > 0;
    g_free(names);
    if (!is_made) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

// Writes a new file and renames it, so that a crash leaves either the old file or the new one.
static bool
write_file(const char *path, X509 *cert, EVP_PKEY *key)
{
    char *beside = g_strconcat(path, ".new", NULL);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool is_written = file != NULL && fchmod(fd, 0600) == 0
            && (cert != NULL ? PEM_write_X509(file, cert)
                             : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
    if (file != NULL && fclose(file) != 0) {
        is_written = false;
    }
    is_written = is_written && rename(beside, path) == 0;
    if (!is_written) {
        log_error("%s cannot be written: %s; set server.state_dir to a folder with write access",
                path, g_strerror(errno));
    }
    g_free(beside);
    return is_written;
}

static bool
make_pair(const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = key == NULL ? NULL : make_cert(key);
    if (cert == NULL) {
        log_error("a self-signed certificate cannot be made, OpenSSL says: %s", openssl_reason());
    }
    bool is_made =
            cert != NULL && write_file(key_path, NULL, key) && write_file(cert_path, cert, NULL);
    if (is_made) {
        log_info("made a self-signed certificate: %s", cert_path);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return is_made;
}

static bool
find_own(const char *state_dir, const char *cert_path, const char *key_path)
{
    if (is_good_own(cert_path, key_path)) {
        return true;
    }
    if (g_mkdir_with_parents(state_dir, 0700) != 0) {
        log_error("the folder %s cannot be made: %s; set server.state_dir to a folder with write "
                  "access",
                state_dir, g_strerror(errno));
        return false;
    }
    return make_pair(cert_path, key_path);
}

bool
hp_tls_find_files(
        const char *cert, const char *key, const char *state_dir, char **cert_file, char **key_file)
{
    bool has_cert = cert != NULL && cert[0] != '\0';
    bool has_key = key != NULL && key[0] != '\0';
    bool is_found;
    if (has_cert != has_key) {
        log_error("only one of server.cert and server.key is set: set both, or neither for a "
                  "self-signed certificate");
        return false;
    }
    if (has_cert) {
        *cert_file = g_strdup(cert);
        *key_file = g_strdup(key);
        is_found = check_given(cert, key);
    } else {
        *cert_file = g_build_filename(state_dir, "tls-cert.pem", NULL);
        *key_file = g_build_filename(state_dir, "tls-key.pem", NULL);
        is_found = find_own(state_dir, *cert_file, *key_file);
    }
    if (!is_found) {
        g_clear_pointer(cert_file, g_free);
        g_clear_pointer(key_file, g_free);
    }
    return is_found;
}

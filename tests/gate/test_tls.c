// Tests of gate/tls.c.
#include "gate/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/tls_pair.h"

struct folder {
    char *path;
    char *cert;
    char *key;
};

static int
setup(void **state)
{
    struct folder *folder = g_new0(struct folder, 1);
    folder->path = g_dir_make_tmp("hairpin-tls-XXXXXX", NULL);
    assert_true(hp_tls_find_files(NULL, "", folder->path, &folder->cert, &folder->key));
    *state = folder;
    return 0;
}

static int
teardown(void **state)
{
    struct folder *folder = *state;
    g_unlink(folder->cert);
    g_unlink(folder->key);
    g_rmdir(folder->path);
    g_free(folder->cert);
    g_free(folder->key);
    g_free(folder->path);
    g_free(folder);
    return 0;
}

static X509 *
read_cert(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(cert);
    return cert;
}

static void
own_certificate_names_this_host(void **state)
{
    const struct folder *folder = *state;
    X509 *cert = read_cert(folder->cert);
    assert_int_equal(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "::1", 0), 1);
    assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(cert)), 256);
    X509_free(cert);
}

static void
own_files_are_private_and_kept(void **state)
{
    const struct folder *folder = *state;
    struct stat status;
    char *cert;
    char *key;
    char *before;
    char *after;
    assert_int_equal(stat(folder->key, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(g_file_get_contents(folder->cert, &before, NULL, NULL));
    assert_true(hp_tls_find_files("", NULL, folder->path, &cert, &key));
    assert_true(g_file_get_contents(cert, &after, NULL, NULL));
    assert_string_equal(before, after);
    g_free(before);
    g_free(after);
    g_free(cert);
    g_free(key);
}

static void
damaged_own_files_are_made_anew(void **state)
{
    const struct folder *folder = *state;
    char *cert;
    char *key;
    assert_true(g_file_set_contents(folder->key, "damaged", -1, NULL));
    assert_true(hp_tls_find_files(NULL, NULL, folder->path, &cert, &key));
    X509_free(read_cert(cert));
    g_free(cert);
    g_free(key);
}

static void
own_certificate_is_renewed_before_it_ends(void **state)
{
    const struct folder *folder = *state;
    char *cert;
    char *key;
    FILE *file = fopen(folder->key, "r");
    EVP_PKEY *private = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    X509 *old = read_cert(folder->cert);
    X509_gmtime_adj(X509_getm_notAfter(old), 20 * 86400);
    X509_sign(old, private, EVP_sha256());
    file = fopen(folder->cert, "w");
    PEM_write_X509(file, old);
    fclose(file);
    assert_true(hp_tls_find_files(NULL, NULL, folder->path, &cert, &key));
    X509 *new = read_cert(cert);
    int days;
    int seconds;
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(new)), 1);
    assert_in_range(days, 390, 400);
    X509_free(new);
    X509_free(old);
    EVP_PKEY_free(private);
    g_free(cert);
    g_free(key);
}

static void
wrong_files_are_refused(void **state)
{
    const struct folder *folder = *state;
    char *cert = NULL;
    char *key = NULL;
    struct folder other = { .path = g_dir_make_tmp("hairpin-tls-XXXXXX", NULL) };
    assert_true(hp_tls_find_files(NULL, NULL, other.path, &other.cert, &other.key));
    assert_true(hp_tls_find_files(folder->cert, folder->key, NULL, &cert, &key));
    g_clear_pointer(&cert, g_free);
    g_clear_pointer(&key, g_free);
    assert_false(hp_tls_find_files(folder->cert, other.key, NULL, &cert, &key));
    assert_false(hp_tls_find_files(folder->cert, "", NULL, &cert, &key));
    assert_false(hp_tls_find_files(folder->cert, "/nonexistent", NULL, &cert, &key));
    assert_false(hp_tls_find_files(folder->key, folder->key, NULL, &cert, &key));
    assert_null(cert);
    assert_null(key);
    g_unlink(other.cert);
    g_unlink(other.key);
    g_rmdir(other.path);
    g_free(other.cert);
    g_free(other.key);
    g_free(other.path);
}

static bool
is_pair(const char *cert, const char *key)
{
    struct hp_tls_pair pair;
    char *fault = hp_tls_pair_read(&pair, cert, key);
    bool is_good = fault == NULL;
    hp_tls_pair_clear(&pair);
    g_free(fault);
    return is_good;
}

// Whoever waits for one of these files waits for ever.
static void
only_regular_files_of_bounded_size_are_read(void **state)
{
    const struct folder *folder = *state;
    char *pipe = g_build_filename(folder->path, "pipe", NULL);
    char *large = g_build_filename(folder->path, "large", NULL);
    char *text;
    gsize size;
    alarm(10); // ends a program that waits
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_false(is_pair(pipe, folder->key));
    assert_false(is_pair(folder->cert, pipe));
    assert_false(is_pair("/dev/zero", folder->key));
    assert_false(is_pair(folder->path, folder->key));
    assert_true(g_file_get_contents(folder->cert, &text, &size, NULL));
    text = g_realloc(text, 1024 * 1024 + 1);
    memset(text + size, '\n', 1024 * 1024 + 1 - size);
    assert_true(g_file_set_contents(large, text, 1024 * 1024, NULL));
    assert_true(is_pair(large, folder->key));
    assert_true(g_file_set_contents(large, text, 1024 * 1024 + 1, NULL));
    assert_false(is_pair(large, folder->key));
    alarm(0);
    g_unlink(pipe);
    g_unlink(large);
    g_free(pipe);
    g_free(large);
    g_free(text);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(own_certificate_names_this_host),
        TEST(own_files_are_private_and_kept),
        TEST(damaged_own_files_are_made_anew),
        TEST(own_certificate_is_renewed_before_it_ends),
        TEST(wrong_files_are_refused),
        TEST(only_regular_files_of_bounded_size_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

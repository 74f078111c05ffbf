// Tests of dtls/fingerprint.c.
#include "dtls/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "dtls/cert.h"

static void
write_text(char *text, size_t size, const struct hp_cert *cert, const char *name, const EVP_MD *md)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned hash_size = 0;
    assert_int_equal(X509_digest(hp_cert_x509(cert), md, hash, &hash_size), 1);
    int length = snprintf(text, size, "%s ", name);
    for (unsigned i = 0; i < hash_size; i++) {
        length += snprintf(
                text + length, size - (size_t) length, "%s%02x", i > 0 ? ":" : "", hash[i]);
    }
}

static void
each_hash_matches_its_certificate_only(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create(), *stranger = hp_cert_create();
    const char *const names[] = { "sha-256", "SHA-384", "sha-512" };
    const EVP_MD *const mds[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
    for (int i = 0; i < 3; i++) {
        char text[300];
        write_text(text, sizeof(text), cert, names[i], mds[i]);
        struct hp_fingerprints fingerprints = { 0 };
        assert_true(hp_fingerprints_add(&fingerprints, text));
        assert_true(hp_fingerprints_match(&fingerprints, hp_cert_x509(cert)));
        assert_false(hp_fingerprints_match(&fingerprints, hp_cert_x509(stranger)));
    }
    hp_cert_destroy(cert);
    hp_cert_destroy(stranger);
}

static void
only_the_strongest_hash_counts(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create(), *stranger = hp_cert_create();
    char strong[300];
    write_text(strong, sizeof(strong), stranger, "sha-512", EVP_sha512());
    struct hp_fingerprints fingerprints = { 0 };
    assert_true(hp_fingerprints_add(&fingerprints, hp_cert_fingerprint(cert)));
    assert_true(hp_fingerprints_match(&fingerprints, hp_cert_x509(cert)));
    assert_true(hp_fingerprints_add(&fingerprints, strong));
    assert_false(hp_fingerprints_match(&fingerprints, hp_cert_x509(cert)));
    assert_true(hp_fingerprints_match(&fingerprints, hp_cert_x509(stranger)));
    hp_cert_destroy(cert);
    hp_cert_destroy(stranger);
}

static void
malformed_texts_are_ignored(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create();
    struct hp_fingerprints fingerprints = { 0 };
    char text[200];
    const char *good = hp_cert_fingerprint(cert);
    for (size_t length = 0; length < strlen(good); length++) {
        snprintf(text, sizeof(text), "%.*s", (int) length, good);
        assert_false(hp_fingerprints_add(&fingerprints, text));
    }
    snprintf(text, sizeof(text), "%s:00", good);
    assert_false(hp_fingerprints_add(&fingerprints, text));
    snprintf(text, sizeof(text), "%s ", good);
    assert_false(hp_fingerprints_add(&fingerprints, text));
    snprintf(text, sizeof(text), "%s", good);
    text[20] = 'G';
    assert_false(hp_fingerprints_add(&fingerprints, text));
    assert_false(hp_fingerprints_match(&fingerprints, hp_cert_x509(cert)));
    hp_cert_destroy(cert);
}

static void
more_than_fit_are_ignored(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create();
    struct hp_fingerprints fingerprints = { 0 };
    for (int i = 0; i < HP_FINGERPRINTS_MAX; i++) {
        assert_true(hp_fingerprints_add(&fingerprints, hp_cert_fingerprint(cert)));
    }
    assert_false(hp_fingerprints_add(&fingerprints, hp_cert_fingerprint(cert)));
    hp_cert_destroy(cert);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hash_matches_its_certificate_only),
        cmocka_unit_test(only_the_strongest_hash_counts),
        cmocka_unit_test(malformed_texts_are_ignored),
        cmocka_unit_test(more_than_fit_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

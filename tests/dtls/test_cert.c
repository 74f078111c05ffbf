// Tests of dtls/cert.c.
#include "dtls/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static void
the_key_is_p256_and_signs_the_certificate(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create();
    assert_non_null(cert);
    char group[32] = "";
    assert_int_equal(EVP_PKEY_get_group_name(hp_cert_key(cert), group, sizeof(group), NULL), 1);
    assert_string_equal(group, "prime256v1");
    assert_int_equal(X509_verify(hp_cert_x509(cert), hp_cert_key(cert)), 1);
    hp_cert_destroy(cert);
}

static void
the_fingerprint_is_text_as_in_sdp(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create();
    const char *text = hp_cert_fingerprint(cert);
    assert_int_equal(strlen(text), strlen("sha-256 ") + 32 * 3 - 1);
    assert_memory_equal(text, "sha-256 ", 8);
    assert_int_equal(strspn(text + 8, "0123456789ABCDEF:"), 95);
    unsigned char hash[EVP_MAX_MD_SIZE];
    assert_int_equal(X509_digest(hp_cert_x509(cert), EVP_sha256(), hash, NULL), 1);
    char last[4];
    snprintf(last, sizeof(last), ":%02X", hash[31]);
    assert_string_equal(text + strlen(text) - 3, last);
    hp_cert_destroy(cert);
}

static void
two_certificates_differ(void **state)
{
    (void) state;
    struct hp_cert *one = hp_cert_create();
    struct hp_cert *other = hp_cert_create();
    assert_string_not_equal(hp_cert_fingerprint(one), hp_cert_fingerprint(other));
    assert_int_not_equal(ASN1_INTEGER_cmp(X509_get_serialNumber(hp_cert_x509(one)),
                                 X509_get_serialNumber(hp_cert_x509(other))),
            0);
    hp_cert_destroy(one);
    hp_cert_destroy(other);
    hp_cert_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_p256_and_signs_the_certificate),
        cmocka_unit_test(the_fingerprint_is_text_as_in_sdp),
        cmocka_unit_test(two_certificates_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

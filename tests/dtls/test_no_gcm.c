// Tests of dtls with a libsrtp2 that was built without AES-GCM: its functions below stand in place of
// the library's.
#include "dtls/dtls_context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <srtp2/srtp.h>

#include "base/rtp_transport.h"
#include "dtls/cert.h"
#include "dtls/dtls_bio.h"
#include "dtls/srtp.h"

// In place of libsrtp2's.
srtp_err_status_t
srtp_crypto_policy_set_from_profile_for_rtp(srtp_crypto_policy_t *policy, srtp_profile_t profile)
{
    if (profile != srtp_profile_aes128_cm_sha1_80) {
        return srtp_err_status_bad_param;
    }
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(policy);
    return srtp_err_status_ok;
}

static void
browsers_are_offered_aes_cm_only(void **state)
{
    (void) state;
    struct hp_cert *cert = hp_cert_create();
    struct hp_dtls_context *context = hp_dtls_context_create(cert);
    assert_non_null(context);
    struct hp_dtls_bio bio;
    hp_dtls_bio_init(&bio, 1200);
    SSL *ssl = hp_dtls_context_new_ssl(context, &bio);
    STACK_OF(SRTP_PROTECTION_PROFILE) *profiles = SSL_get_srtp_profiles(ssl);
    assert_int_equal(sk_SRTP_PROTECTION_PROFILE_num(profiles), 1);
    assert_int_equal(
            sk_SRTP_PROTECTION_PROFILE_value(profiles, 0)->id, SRTP_AES128_CM_SHA1_80);
    SSL_free(ssl);
    hp_dtls_bio_finish(&bio);
    hp_dtls_context_destroy(context);
    hp_cert_destroy(cert);
}

static size_t
exchange(enum hp_srtp_profile profile)
{
    static const uint8_t report[] = { 0x80, 201, 0, 1, 1, 2, 3, 4 };
    struct hp_srtp_keys keys = { .profile = profile };
    uint8_t sealed[sizeof(report) + HP_SRTCP_OVERHEAD_MAX], plain[sizeof(sealed)];
    struct hp_srtp *srtp = hp_srtp_create(&keys);
    assert_non_null(srtp);
    size_t size = hp_srtp_protect_rtcp(srtp, report, sizeof(report), sealed, sizeof(sealed));
    size = size == 0 ? 0 : hp_srtp_unprotect_rtcp(srtp, sealed, size, plain, sizeof(plain));
    if (size > 0) {
        assert_memory_equal(plain, report, sizeof(report));
    }
    hp_srtp_destroy(srtp);
    return size;
}

static void
media_is_encrypted_by_aes_cm(void **state)
{
    (void) state;
    assert_int_equal(exchange(HP_SRTP_AES128_CM_HMAC_SHA1_80), 8);
}

// libsrtp2 would pass everything with a policy that was never filled in.
static void
nothing_passes_under_a_profile_that_the_library_does_not_know(void **state)
{
    (void) state;
    assert_int_equal(exchange(HP_SRTP_AEAD_AES_128_GCM), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_are_offered_aes_cm_only),
        cmocka_unit_test(media_is_encrypted_by_aes_cm),
        cmocka_unit_test(nothing_passes_under_a_profile_that_the_library_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

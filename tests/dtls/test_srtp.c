// Tests of dtls/srtp.c, dtls/srtp_cipher.c and dtls/srtp_gcm.c, with libsrtp2 as the oracle.
#include "dtls/srtp.h"

#include <link.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <srtp2/srtp.h>

#include "base/rtp_transport.h"

enum {
    CAPACITY = 1500,
    PAYLOAD_SIZE = 1000
};

struct pair {
    struct hp_srtp *here;
    struct hp_srtp *there;
    srtp_t oracle; // sends what `here` sends
};

static void
fill(uint8_t *data, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        data[i] = (uint8_t) (seed >> 16);
    }
}

static void
open_pair(struct pair *pair, enum hp_srtp_profile profile)
{
    struct hp_srtp_keys keys = { .profile = profile }, swapped = { .profile = profile };
    fill(keys.local, sizeof(keys.local), 1);
    fill(keys.remote, sizeof(keys.remote), 2);
    memcpy(swapped.local, keys.remote, sizeof(keys.local));
    memcpy(swapped.remote, keys.local, sizeof(keys.local));
    // Before hp_srtp_create() starts libsrtp2 with another AES-GCM, so that the oracle has its own.
    assert_int_equal(srtp_init(), srtp_err_status_ok);
    srtp_profile_t id = profile == HP_SRTP_AEAD_AES_128_GCM ? srtp_profile_aead_aes_128_gcm
                                                            : srtp_profile_aes128_cm_sha1_80;
    srtp_policy_t policy = { .ssrc = { .type = ssrc_any_outbound },
        .key = keys.local,
        .window_size = 4096,
        .allow_repeat_tx = 1 };
    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, id);
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, id);
    assert_int_equal(srtp_create(&pair->oracle, &policy), srtp_err_status_ok);
    assert_int_equal(srtp_shutdown(), srtp_err_status_ok);
    pair->here = hp_srtp_create(&keys);
    pair->there = hp_srtp_create(&swapped);
    assert_non_null(pair->here);
    assert_non_null(pair->there);
}

static void
close_pair(struct pair *pair)
{
    srtp_dealloc(pair->oracle);
    hp_srtp_destroy(pair->here);
    hp_srtp_destroy(pair->there);
}

// A header with an extension of one word.
enum {
    HEADER_SIZE = 20
};

static void
write_header(uint8_t header[HEADER_SIZE], uint32_t ssrc, uint16_t number)
{
    const uint8_t bytes[HEADER_SIZE] = { 0x90, 96, (uint8_t) (number >> 8), (uint8_t) number, 1, 2,
        3, 4, (uint8_t) (ssrc >> 24), (uint8_t) (ssrc >> 16), (uint8_t) (ssrc >> 8), (uint8_t) ssrc,
        0xBE, 0xDE, 0, 1, 0x10, 7, 0, 0 };
    memcpy(header, bytes, HEADER_SIZE);
}

// Protects one packet, compares it with the oracle's, byte for byte, and reads it at the other end.
static void
send_and_compare(struct pair *pair, uint32_t ssrc, uint16_t number, size_t payload_size)
{
    uint8_t header[HEADER_SIZE], payload[PAYLOAD_SIZE], out[CAPACITY], expected[CAPACITY];
    const uint8_t prefix[2] = { 0xAB, 0xCD };
    write_header(header, ssrc, number);
    fill(payload, payload_size, number);
    struct hp_rtp_packet packet = { header, sizeof(header), prefix, number % 2 * 2u, payload,
        payload_size };
    size_t size = hp_srtp_protect(pair->here, &packet, out, sizeof(out));
    size_t plain_size = HEADER_SIZE + packet.prefix_size + payload_size;
    memcpy(expected, header, HEADER_SIZE);
    memcpy(expected + HEADER_SIZE, prefix, packet.prefix_size);
    memcpy(expected + HEADER_SIZE + packet.prefix_size, payload, payload_size);
    int expected_size = (int) plain_size;
    assert_int_equal(srtp_protect(pair->oracle, expected, &expected_size), srtp_err_status_ok);
    assert_int_equal(size, expected_size);
    assert_memory_equal(out, expected, size);
    uint8_t plain[CAPACITY];
    if (hp_srtp_unprotect(pair->there, out, size, plain, sizeof(plain)) > 0) {
        assert_memory_equal(plain + plain_size - payload_size, payload, payload_size);
    }
}

static void
compare_through_roll_over(enum hp_srtp_profile profile)
{
    struct pair pair;
    open_pair(&pair, profile);
    for (uint32_t i = 0; i < 3 * 65536u; i += 7) {
        send_and_compare(&pair, 0x11223344, (uint16_t) (60000 + i), i % 50);
        if (i % 91 == 0 && i > 2000) { // a second time, around the roll-over too
            send_and_compare(&pair, 0x11223344, (uint16_t) (60000 + i - 7 * 130), (i - 910) % 50);
        }
    }
    assert_int_equal(hp_srtp_stats(pair.there)->bad, 0);
    assert_true(hp_srtp_stats(pair.there)->replayed > 0);
    close_pair(&pair);
}

static void
gcm_equals_the_oracle_through_roll_overs_and_resends(void **state)
{
    (void) state;
    compare_through_roll_over(HP_SRTP_AEAD_AES_128_GCM);
}

static void
cm_equals_the_oracle_through_roll_overs_and_resends(void **state)
{
    (void) state;
    compare_through_roll_over(HP_SRTP_AES128_CM_HMAC_SHA1_80);
}

static void
all_payload_sizes_and_several_ssrcs_equal_the_oracle(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, HP_SRTP_AEAD_AES_128_GCM);
    for (size_t size = 0; size <= PAYLOAD_SIZE; size++) {
        send_and_compare(&pair, 0x80000000u + size % 5, (uint16_t) size, size);
    }
    assert_int_equal(hp_srtp_stats(pair.there)->bad, 0);
    close_pair(&pair);
}

static void
numbers_that_jump_equal_the_oracle(void **state)
{
    (void) state;
    const uint16_t numbers[] = { 100, 65000, 65100, 10, 32000, 65535, 0, 65534, 1, 40000, 60000 };
    struct pair pair;
    open_pair(&pair, HP_SRTP_AEAD_AES_128_GCM);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint8_t header[HEADER_SIZE], out[CAPACITY], expected[CAPACITY];
        write_header(header, 5, numbers[i]);
        struct hp_rtp_packet packet = { header, sizeof(header), NULL, 0, header, 10 };
        memcpy(expected, header, HEADER_SIZE);
        memcpy(expected + HEADER_SIZE, header, 10);
        int size = HEADER_SIZE + 10;
        if (srtp_protect(pair.oracle, expected, &size) != srtp_err_status_ok) {
            continue; // outside of its window: the hot path has none
        }
        assert_int_equal(hp_srtp_protect(pair.here, &packet, out, sizeof(out)), size);
        assert_memory_equal(out, expected, (size_t) size);
    }
    close_pair(&pair);
}

static void
check_rtcp(enum hp_srtp_profile profile)
{
    struct pair pair;
    open_pair(&pair, profile);
    const uint8_t report[] = { 0x80, 201, 0, 1, 9, 9, 9, 9 };
    uint8_t out[CAPACITY], plain[CAPACITY];
    size_t size = hp_srtp_protect_rtcp(pair.here, report, sizeof(report), out, sizeof(out));
    assert_true(size > sizeof(report) && size <= sizeof(report) + HP_SRTCP_OVERHEAD_MAX);
    assert_int_equal(
            hp_srtp_unprotect_rtcp(pair.there, out, size, plain, sizeof(plain)), sizeof(report));
    assert_memory_equal(plain, report, sizeof(report));
    assert_int_equal(hp_srtp_unprotect_rtcp(pair.there, out, size, plain, sizeof(plain)), 0);
    assert_int_equal(hp_srtp_stats(pair.there)->replayed, 1);
    out[size - 1] ^= 1;
    assert_int_equal(hp_srtp_unprotect_rtcp(pair.there, out, size, plain, sizeof(plain)), 0);
    close_pair(&pair);
}

static void
rtcp_equals_the_oracle(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, HP_SRTP_AEAD_AES_128_GCM);
    for (size_t size = 8; size <= 400; size += 4) {
        uint8_t data[CAPACITY], out[CAPACITY], expected[CAPACITY];
        fill(data, size, (unsigned) size);
        memcpy(data, (const uint8_t[]){ 0x80, 200, 0, 1, 9, 9, 9, 9 }, 8);
        memcpy(expected, data, size);
        int expected_size = (int) size;
        assert_int_equal(srtp_protect_rtcp(pair.oracle, expected, &expected_size), 0);
        size_t out_size = hp_srtp_protect_rtcp(pair.here, data, size, out, sizeof(out));
        assert_int_equal(out_size, expected_size);
        assert_memory_equal(out, expected, out_size);
    }
    close_pair(&pair);
}

static void
rtcp_goes_both_profiles_and_replays_are_refused(void **state)
{
    (void) state;
    check_rtcp(HP_SRTP_AEAD_AES_128_GCM);
    check_rtcp(HP_SRTP_AES128_CM_HMAC_SHA1_80);
}

// As libsrtp2 is built, two ciphers take 17 KB.
static void
a_context_that_has_read_rtcp_takes_less_than_5_kilobytes(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, HP_SRTP_AEAD_AES_128_GCM);
    const uint8_t report[] = { 0x80, 201, 0, 1, 9, 9, 9, 9 };
    uint8_t out[CAPACITY], plain[CAPACITY];
    size_t size = hp_srtp_protect_rtcp(pair.here, report, sizeof(report), out, sizeof(out));
    size_t before = mallinfo2().uordblks;
    assert_int_equal(
            hp_srtp_unprotect_rtcp(pair.there, out, size, plain, sizeof(plain)), sizeof(report));
    size_t used = mallinfo2().uordblks - before;
    print_message("# FIGURE libsrtp2's context that has read RTCP: %zu bytes\n", used);
    assert_true(used < 5000); // 0 where a sanitizer allocates
    close_pair(&pair);
}

static int
note_loads(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    *(unsigned long long *) arg = info->dlpi_adds; // by the process so far
    return 1;
}

static unsigned long long
count_loads(void)
{
    unsigned long long count = 0;
    dl_iterate_phdr(note_loads, &count);
    return count;
}

static void
a_library_that_is_held_loads_no_module_for_a_browser(void **state)
{
    (void) state;
    static const uint8_t report[] = { 0x80, 201, 0, 1, 9, 9, 9, 9 };
    struct hp_srtp_keys keys = { .profile = HP_SRTP_AES128_CM_HMAC_SHA1_80 };
    uint8_t out[CAPACITY];
    bool has_gcm;
    assert_true(hp_srtp_hold(&has_gcm));
    unsigned long long before = count_loads();
    for (unsigned i = 0; i < 2; i++) { // each comes alone and goes
        struct hp_srtp *srtp = hp_srtp_create(&keys);
        assert_true(hp_srtp_protect_rtcp(srtp, report, sizeof(report), out, sizeof(out)) > 0);
        hp_srtp_destroy(srtp);
    }
    assert_int_equal(count_loads() - before, 0);
    hp_srtp_release();
}

static void
every_flipped_byte_is_refused(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, HP_SRTP_AEAD_AES_128_GCM);
    uint8_t header[HEADER_SIZE], payload[30] = { 1 }, out[CAPACITY], plain[CAPACITY];
    write_header(header, 3, 3);
    struct hp_rtp_packet packet = { header, sizeof(header), NULL, 0, payload, sizeof(payload) };
    size_t size = hp_srtp_protect(pair.here, &packet, out, sizeof(out));
    for (size_t i = 0; i < size; i++) {
        out[i] ^= 0x40;
        assert_int_equal(hp_srtp_unprotect(pair.there, out, size, plain, sizeof(plain)), 0);
        out[i] ^= 0x40;
    }
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(hp_srtp_unprotect(pair.there, out, cut, plain, sizeof(plain)), 0);
    }
    assert_int_equal(hp_srtp_unprotect(pair.there, out, size, plain, sizeof(plain)),
            size - HP_SRTP_OVERHEAD_MAX);
    close_pair(&pair);
}

static void
the_holder_of_the_keys_may_use_many_ssrcs(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, HP_SRTP_AES128_CM_HMAC_SHA1_80);
    for (uint32_t ssrc = 1; ssrc <= 500; ssrc++) {
        send_and_compare(&pair, ssrc, 1, 10);
    }
    assert_int_equal(hp_srtp_stats(pair.there)->bad, 0);
    // The first one was forgotten, so its number 1 is new again; the last one was not.
    uint8_t header[HEADER_SIZE], out[CAPACITY], plain[CAPACITY];
    struct hp_rtp_packet packet = { header, sizeof(header), NULL, 0, header, 10 };
    write_header(header, 1, 1);
    size_t size = hp_srtp_protect(pair.here, &packet, out, sizeof(out));
    assert_true(hp_srtp_unprotect(pair.there, out, size, plain, sizeof(plain)) > 0);
    write_header(header, 500, 1);
    size = hp_srtp_protect(pair.here, &packet, out, sizeof(out));
    assert_int_equal(hp_srtp_unprotect(pair.there, out, size, plain, sizeof(plain)), 0);
    close_pair(&pair);
}

static void
a_packet_that_does_not_fit_is_refused(void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        open_pair(&pair, i == 0 ? HP_SRTP_AEAD_AES_128_GCM : HP_SRTP_AES128_CM_HMAC_SHA1_80);
        uint8_t header[HEADER_SIZE], payload[100] = { 0 }, out[CAPACITY];
        write_header(header, 3, 3);
        struct hp_rtp_packet packet = { header, HEADER_SIZE, NULL, 0, payload, 100 };
        assert_int_equal(hp_srtp_protect(pair.here, &packet, out, HEADER_SIZE + 100 + 9), 0);
        packet.header_size = 11;
        assert_int_equal(hp_srtp_protect(pair.here, &packet, out, sizeof(out)), 0);
        assert_int_equal(hp_srtp_protect_rtcp(pair.here, header, 7, out, sizeof(out)), 0);
        assert_int_equal(hp_srtp_protect_rtcp(pair.here, header, 8, out, 27), 0);
        assert_int_equal(hp_srtp_stats(pair.here)->refused, 4);
        close_pair(&pair);
    }
    hp_srtp_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcm_equals_the_oracle_through_roll_overs_and_resends),
        cmocka_unit_test(cm_equals_the_oracle_through_roll_overs_and_resends),
        cmocka_unit_test(all_payload_sizes_and_several_ssrcs_equal_the_oracle),
        cmocka_unit_test(numbers_that_jump_equal_the_oracle),
        cmocka_unit_test(rtcp_equals_the_oracle),
        cmocka_unit_test(rtcp_goes_both_profiles_and_replays_are_refused),
        cmocka_unit_test(a_library_that_is_held_loads_no_module_for_a_browser),
        cmocka_unit_test(a_context_that_has_read_rtcp_takes_less_than_5_kilobytes),
        cmocka_unit_test(every_flipped_byte_is_refused),
        cmocka_unit_test(the_holder_of_the_keys_may_use_many_ssrcs),
        cmocka_unit_test(a_packet_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of router/pcp.c.
#include "router/pcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct hp_pcp_request request = {
    .client = { [10] = 0xff, 0xff, 192, 168, 1, 7 },
    .port = 8080,
    .suggested_port = 8080,
    .lifetime_s = 3600,
    .nonce = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
};

// An answer of miniupnpd's: 198.51.100.9:40001 for 3600 s.
static void
make_answer(uint8_t answer[HP_PCP_SIZE])
{
    hp_pcp_write(&request, answer);
    answer[1] = 0x81;
    memset(answer + 8, 0, 16);
    answer[42] = 40001 >> 8;
    answer[43] = 40001 & 0xff;
    memcpy(answer + 56, (uint8_t[]){ 198, 51, 100, 9 }, 4);
}

static void
a_request_names_us_and_what_we_wish(void **state)
{
    (void) state;
    uint8_t message[HP_PCP_SIZE];
    static const uint8_t expected[HP_PCP_SIZE] = {
        2, 1, 0, 0, 0, 0, 0x0e, 0x10, // MAP, 3600 s
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 7, // we
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        17, 0, 0, 0, 0x1f, 0x90, 0x1f, 0x90, // UDP, 8080 to 8080
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, // any IPv4 address
    };
    hp_pcp_write(&request, message);
    assert_memory_equal(message, expected, sizeof(expected));
}

static void
for_ipv6_our_own_address_is_asked_for(void **state)
{
    (void) state;
    uint8_t message[HP_PCP_SIZE];
    struct hp_pcp_request hole = request;
    struct hp_pcp_answer answer;
    memcpy(hole.client, (uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = 7 }, 16);
    hp_pcp_write(&hole, message);
    assert_memory_equal(message + 8, hole.client, 16);
    assert_memory_equal(message + 44, (uint8_t[16]){ 0 }, 16); // any IPv6 address
    message[1] = 0x81;
    memcpy(message + 44, hole.client, 16);
    assert_true(hp_pcp_parse(&hole, message, sizeof(message), &answer));
    assert_string_equal(answer.external_address, "2001:db8::7");
    assert_int_equal(answer.external_port, 8080);
}

static void
an_answer_tells_address_and_port(void **state)
{
    (void) state;
    uint8_t message[HP_PCP_SIZE];
    struct hp_pcp_answer answer;
    make_answer(message);
    assert_true(hp_pcp_parse(&request, message, sizeof(message), &answer));
    assert_int_equal(answer.result, HP_PCP_SUCCESS);
    assert_string_equal(answer.external_address, "198.51.100.9");
    assert_int_equal(answer.external_port, 40001);
    assert_int_equal(answer.lifetime_s, 3600);
}

static void
an_answer_to_another_request_is_none(void **state)
{
    (void) state;
    static const unsigned bytes[] = { 1, 24, 35, 36, 40, 41 }; // opcode, nonce, protocol, port
    struct hp_pcp_answer answer;
    for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        uint8_t message[HP_PCP_SIZE];
        make_answer(message);
        message[bytes[i]] ^= 2;
        assert_false(hp_pcp_parse(&request, message, sizeof(message), &answer));
    }
    uint8_t own[HP_PCP_SIZE];
    hp_pcp_write(&request, own); // our request itself
    assert_false(hp_pcp_parse(&request, own, sizeof(own), &answer));
}

static void
an_answer_that_is_cut_short_is_none(void **state)
{
    (void) state;
    uint8_t message[HP_PCP_SIZE];
    struct hp_pcp_answer answer;
    make_answer(message);
    for (size_t size = 0; size < sizeof(message); size++) {
        assert_false(hp_pcp_parse(&request, message, size, &answer));
    }
}

static void
a_refusal_tells_its_reason_and_no_address(void **state)
{
    (void) state;
    uint8_t message[HP_PCP_SIZE];
    struct hp_pcp_answer answer;
    make_answer(message);
    message[3] = 8; // NO_RESOURCES
    assert_true(hp_pcp_parse(&request, message, sizeof(message), &answer));
    assert_int_equal(answer.result, 8);
    assert_string_equal(answer.external_address, "");
}

static void
a_router_that_knows_only_nat_pmp_says_so(void **state)
{
    (void) state;
    static const uint8_t old[] = { 0, 0x81, 0, 1, 0, 0, 0, 9 };
    struct hp_pcp_answer answer;
    assert_true(hp_pcp_parse(&request, old, sizeof(old), &answer));
    assert_int_equal(answer.result, HP_PCP_UNSUPPORTED_VERSION);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_names_us_and_what_we_wish),
        cmocka_unit_test(for_ipv6_our_own_address_is_asked_for),
        cmocka_unit_test(an_answer_tells_address_and_port),
        cmocka_unit_test(an_answer_to_another_request_is_none),
        cmocka_unit_test(an_answer_that_is_cut_short_is_none),
        cmocka_unit_test(a_refusal_tells_its_reason_and_no_address),
        cmocka_unit_test(a_router_that_knows_only_nat_pmp_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

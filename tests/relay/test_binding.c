// Tests of relay/binding.c.
#include "relay/binding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/auth.h"
#include "relay/client.h"
#include "relay/message.h"
#include "relay/response.h"
#include "relay/vectors.h"

static struct hp_auth auth;

static int
set_up(void **state)
{
    hp_auth_init(&auth, "secret");
    return 0;
}

static int
tear_down(void **state)
{
    hp_auth_finish(&auth);
    return 0;
}

static void
ask(struct hp_response *reply, const uint8_t *data, size_t size, const char *ip, uint16_t port,
        bool with_classic)
{
    static uint8_t copy[512];
    struct hp_message message;
    struct hp_flow from = { .remote = client_addr(ip, port) };
    memset(copy, 0, sizeof(copy));
    memcpy(copy, data, size);
    assert_true(hp_message_parse(&message, copy, size));
    hp_binding_answer(reply, &auth, &message, &from, with_classic);
}

// Their header, and no attribute.
static const uint8_t plain_request[20] = { 0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42, 0xb7,
    0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae };

static void
an_ipv4_client_is_told_its_address_in_32_bytes(void **state)
{
    struct hp_response reply;
    ask(&reply, plain_request, 20, "192.0.2.1", 32853, false);
    assert_int_equal(reply.size, 32);
    assert_memory_equal(reply.data + 4, vector_ipv4_response + 4, 16);
    assert_memory_equal(reply.data + 20, vector_ipv4_response + 36, 12); // of RFC 5769
}

static void
an_ipv6_client_is_told_its_address_in_44_bytes(void **state)
{
    struct hp_response reply;
    ask(&reply, plain_request, 20, "2001:db8:1234:5678:11:2233:4455:6677", 32853, false);
    assert_int_equal(reply.size, 44);
    assert_memory_equal(reply.data + 20, vector_ipv6_response + 36, 24);
}

static void
a_fingerprint_is_answered_with_one(void **state)
{
    struct client client;
    struct hp_response reply;
    client_init(&client, "secret");
    client.agent.usage_flags |= STUN_AGENT_USAGE_USE_FINGERPRINT;
    client_begin(&client, STUN_BINDING);
    client_end(&client);
    ask(&reply, client.data, client.size, "192.0.2.1", 32853, false);
    assert_int_equal(reply.size, 40);
    assert_int_equal(client_read(&client, reply.data, reply.size), 0);
    client.data[client.size - 1] ^= 1;
    ask(&reply, client.data, client.size, "192.0.2.1", 32853, false);
    assert_int_equal(reply.size, 0);
}

static void
a_classic_request_is_answered_if_that_is_on(void **state)
{
    static const uint8_t request[20] = { 0, 1, 0, 0, 1, 2, 3, 4, 5 };
    static const uint8_t answer[32] = { 1, 1, 0, 12, 1, 2, 3, 4, 5, [21] = 1, 0, 8, 0, 1, 0x80, 0x55,
        192, 0, 2, 1 };
    struct hp_response reply;
    ask(&reply, request, 20, "192.0.2.1", 0x8055, false);
    assert_int_equal(reply.size, 0);
    ask(&reply, request, 20, "192.0.2.1", 0x8055, true);
    assert_int_equal(reply.size, sizeof(answer));
    assert_memory_equal(reply.data, answer, sizeof(answer));
}

static void
an_answer_from_elsewhere_is_refused(void **state)
{
    static const uint16_t refused[] = { STUN_ATTRIBUTE_CHANGE_REQUEST, STUN_ATTRIBUTE_RESPONSE_ADDRESS };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct client client;
        struct hp_response reply;
        StunMessage stun = { .buffer = reply.data, .buffer_len = sizeof(reply.data) };
        uint16_t size;
        client_init(&client, "secret");
        client_begin(&client, STUN_BINDING);
        client_add_u32(&client, refused[i], 6);
        client_end(&client);
        ask(&reply, client.data, client.size, "192.0.2.1", 32853, true);
        const uint8_t *types = stun_message_find(&stun, STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES, &size);
        assert_int_equal(size, 2);
        assert_int_equal(types[0] << 8 | types[1], refused[i]);
        assert_int_equal(client_read(&client, reply.data, reply.size), 420);
    }
}

static void
a_malformed_request_has_no_answer(void **state)
{
    struct client client;
    struct hp_response reply;
    client_init(&client, "secret");
    client_begin(&client, STUN_BINDING);
    stun_message_append_bytes(&client.stun, STUN_ATTRIBUTE_CHANGE_REQUEST, "12", 2);
    client_end(&client);
    ask(&reply, client.data, client.size, "192.0.2.1", 32853, true);
    assert_int_equal(reply.size, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ipv4_client_is_told_its_address_in_32_bytes),
        cmocka_unit_test(an_ipv6_client_is_told_its_address_in_44_bytes),
        cmocka_unit_test(a_fingerprint_is_answered_with_one),
        cmocka_unit_test(a_classic_request_is_answered_if_that_is_on),
        cmocka_unit_test(an_answer_from_elsewhere_is_refused),
        cmocka_unit_test(a_malformed_request_has_no_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

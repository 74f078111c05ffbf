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
#include "relay/discovery.h"
#include "relay/message.h"
#include "relay/response.h"
#include "relay/vectors.h"

enum {
    SHARED = 8080,
    ANNEX = 3478,
    CHANGE_BOTH = 6,
    PADDING = 0x0026, // RFC 5780 section 7.6
    RESPONSE_PORT = 0x0027, // RFC 5780 section 7.5
};

static struct hp_auth auth;
static struct hp_carrier shared, annex;
static struct hp_discovery discovery;

static int
set_up(void **state)
{
    static const char *const addresses[] = { "192.0.2.7", "192.0.2.8", NULL };
    hp_auth_init(&auth, "secret");
    discovery = (struct hp_discovery){ .carriers = { &shared, &annex }, .ports = { SHARED, ANNEX } };
    hp_discovery_read(&discovery, addresses);
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
    struct hp_binding binding = { .auth = &auth, .with_classic = with_classic };
    struct hp_flow from = { .remote = client_addr(ip, port) };
    memset(copy, 0, sizeof(copy));
    memcpy(copy, data, size);
    assert_true(hp_message_parse(&message, copy, size));
    hp_binding_answer(&binding, reply, &message, &from);
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
    static const uint16_t refused[] = { STUN_ATTRIBUTE_CHANGE_REQUEST,
        STUN_ATTRIBUTE_RESPONSE_ADDRESS, RESPONSE_PORT, PADDING };
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

// Asks at 192.0.2.7:8080 of a server that has 192.0.2.8 and port 3478, too. Returns the flow that
// the answer goes out by.
static struct hp_flow
ask_pair(struct hp_response *reply, const uint8_t *data, size_t size, bool with_classic)
{
    static uint8_t copy[512];
    struct hp_message message;
    struct hp_binding binding = {
        .auth = &auth, .discovery = &discovery, .with_classic = with_classic };
    struct hp_flow flow = { .carrier = &shared,
        .local = client_addr("192.0.2.7", SHARED),
        .remote = client_addr("192.0.2.1", 32853) };
    memset(copy, 0, sizeof(copy));
    memcpy(copy, data, size);
    assert_true(hp_message_parse(&message, copy, size));
    hp_binding_answer(&binding, reply, &message, &flow);
    return flow;
}

static void
a_server_of_two_addresses_says_where_it_answers_from_and_where_else(void **state)
{
    static const uint8_t attributes[24] = { 0x80, 0x2b, 0, 8, 0, 1, 0x1f, 0x90, 192, 0, 2, 7, 0x80,
        0x2c, 0, 8, 0, 1, 0x0d, 0x96, 192, 0, 2, 8 };
    struct hp_response reply;
    struct hp_flow flow = ask_pair(&reply, plain_request, 20, false);
    assert_ptr_equal(flow.carrier, &shared);
    assert_int_equal(reply.size, 56);
    assert_memory_equal(reply.data + 32, attributes, 24);
}

static void
a_server_of_two_addresses_answers_from_the_other_one(void **state)
{
    static const uint8_t origin[12] = { 0x80, 0x2b, 0, 8, 0, 1, 0x0d, 0x96, 192, 0, 2, 8 };
    struct client client;
    struct hp_response reply;
    client_init(&client, "secret");
    client_begin(&client, STUN_BINDING);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANGE_REQUEST, CHANGE_BOTH);
    client_end(&client);
    struct hp_flow flow = ask_pair(&reply, client.data, client.size, false);
    struct hp_addr other = client_addr("192.0.2.8", ANNEX);
    assert_ptr_equal(flow.carrier, &annex);
    assert_true(hp_addr_equal(&flow.local, &other));
    assert_int_equal(reply.size, 2 * client.size); // an answer of twice the request at most
    assert_memory_equal(reply.data + 32, origin, 12);
}

// What lets anybody aim answers, or have long ones.
static void
a_server_of_two_addresses_refuses_other_ports_and_padding(void **state)
{
    static const uint16_t refused[] = { STUN_ATTRIBUTE_RESPONSE_ADDRESS, RESPONSE_PORT, PADDING };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct client client;
        struct hp_response reply;
        client_init(&client, "secret");
        client_begin(&client, STUN_BINDING);
        client_add_u32(&client, refused[i], 0x50000);
        client_end(&client);
        struct hp_flow flow = ask_pair(&reply, client.data, client.size, true);
        assert_ptr_equal(flow.carrier, &shared);
        assert_int_equal(flow.remote.port, 32853);
        assert_int_equal(client_read(&client, reply.data, reply.size), 420);
    }
}

static const uint8_t classic_change[28] = { 0, 1, 0, 8, 1, 2, 3, 4, 5, [20] = 0, 3, 0, 4, 0, 0, 0,
    CHANGE_BOTH };

static void
a_classic_client_is_told_of_the_other_address_and_is_answered_from_there(void **state)
{
    static const uint8_t attributes[36] = { 0, 1, 0, 8, 0, 1, 0x80, 0x55, 192, 0, 2, 1, 0, 4, 0, 8,
        0, 1, 0x0d, 0x96, 192, 0, 2, 8, 0, 5, 0, 8, 0, 1, 0x0d, 0x96, 192, 0, 2, 8 };
    struct hp_response reply;
    struct hp_flow flow = ask_pair(&reply, classic_change, sizeof(classic_change), true);
    assert_ptr_equal(flow.carrier, &annex);
    assert_int_equal(reply.size, 56);
    assert_memory_equal(reply.data + 20, attributes, sizeof(attributes));
    ask_pair(&reply, classic_change, sizeof(classic_change), false);
    assert_int_equal(reply.size, 0);
}

// Any answer would tell it that its NAT lets in everybody.
static void
a_classic_client_gets_no_answer_from_elsewhere_where_there_is_none(void **state)
{
    struct hp_response reply;
    ask(&reply, classic_change, sizeof(classic_change), "192.0.2.1", 32853, true);
    assert_int_equal(reply.size, 0);
}

static void
a_classic_client_that_aims_answers_is_refused(void **state)
{
    static const uint8_t request[32] = { 0, 1, 0, 12, 1, 2, 3, 4, 5, [20] = 0, 2, 0, 8, 0, 1, 0, 80,
        203, 0, 113, 1 };
    struct hp_response reply;
    ask(&reply, request, sizeof(request), "192.0.2.1", 32853, true);
    assert_int_equal(reply.data[0] << 8 | reply.data[1], 0x0111);
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
        cmocka_unit_test(a_server_of_two_addresses_says_where_it_answers_from_and_where_else),
        cmocka_unit_test(a_server_of_two_addresses_answers_from_the_other_one),
        cmocka_unit_test(a_server_of_two_addresses_refuses_other_ports_and_padding),
        cmocka_unit_test(a_classic_client_is_told_of_the_other_address_and_is_answered_from_there),
        cmocka_unit_test(a_classic_client_gets_no_answer_from_elsewhere_where_there_is_none),
        cmocka_unit_test(a_classic_client_that_aims_answers_is_refused),
        cmocka_unit_test(a_malformed_request_has_no_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

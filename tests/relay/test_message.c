// Tests of relay/message.c.
#include "relay/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/client.h"
#include "relay/vectors.h"

// The vectors with the zero bytes behind them that a parser may read.
static struct hp_message
parse(const uint8_t *data, size_t size)
{
    static uint8_t copy[512];
    struct hp_message message;
    memset(copy, 0, sizeof(copy));
    memcpy(copy, data, size);
    assert_true(hp_message_parse(&message, copy, size));
    return message;
}

static void
assert_value(const struct hp_message_value *value, const char *text)
{
    assert_int_equal(value->size, strlen(text));
    assert_memory_equal(value->data, text, value->size);
}

static void
the_request_of_rfc_5769_is_read(void **state)
{
    struct hp_message message = parse(vector_request, sizeof(vector_request));
    assert_int_equal(message.kind, STUN_REQUEST);
    assert_int_equal(message.method, STUN_BINDING);
    assert_value(&message.username, "evtj:h6vY");
    assert_int_equal(message.integrity.size, 20);
    assert_true(message.has_fingerprint);
    assert_false(message.is_malformed);
    assert_false(message.is_classic);
    assert_int_equal(message.unknown_count, 1); // PRIORITY is ICE's
    assert_int_equal(message.unknown[0], STUN_ATTRIBUTE_PRIORITY);
}

static void
the_responses_of_rfc_5769_are_read(void **state)
{
    struct hp_message message = parse(vector_ipv4_response, sizeof(vector_ipv4_response));
    assert_int_equal(message.kind, STUN_RESPONSE);
    assert_true(message.has_fingerprint);
    message = parse(vector_ipv6_response, sizeof(vector_ipv6_response));
    assert_int_equal(message.kind, STUN_RESPONSE);
    assert_true(message.has_fingerprint);
}

static void
the_long_term_request_of_rfc_5769_is_read(void **state)
{
    struct hp_message message = parse(vector_long_term_request, sizeof(vector_long_term_request));
    assert_int_equal(message.username.size, 18);
    assert_value(&message.nonce, "f//499k954d6OL34oL9FSTvy64sA");
    assert_value(&message.realm, "example.org");
    assert_int_equal(message.unknown_count, 0);
}

static void
every_attribute_of_turn_is_read(void **state)
{
    struct client client;
    client_init(&client, "secret");
    client_begin(&client, STUN_CHANNELBIND);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANNEL_NUMBER, 0x40010000);
    client_add_u32(&client, STUN_ATTRIBUTE_LIFETIME, 777);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, 0x11000000);
    client_add_u32(&client, 0x0017, 0x02000000);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANGE_REQUEST, 6);
    stun_message_append_bytes(&client.stun, STUN_ATTRIBUTE_EVEN_PORT, "\x80", 1);
    stun_message_append_bytes(&client.stun, STUN_ATTRIBUTE_RESERVATION_TOKEN, "\0\0\0\0\0\0\1\2", 8);
    client_add_peer(&client, "10.1.2.3", 40000);
    client_add_peer(&client, "2001:db8::7", 40001);
    client_end(&client);
    struct hp_message message = parse(client.data, client.size);
    assert_int_equal(message.method, STUN_CHANNELBIND);
    assert_int_equal(message.channel, 0x4001);
    assert_int_equal(message.lifetime_s, 777);
    assert_int_equal(message.transport, 17);
    assert_int_equal(message.family, HP_MESSAGE_FAMILY_IPV6);
    assert_int_equal(message.change, 6);
    assert_true(message.wants_even && message.wants_next);
    assert_int_equal(message.token, 0x0102);
    struct hp_addr first = client_addr("10.1.2.3", 40000);
    struct hp_addr second = client_addr("2001:db8::7", 40001);
    assert_int_equal(message.peer_count, 2);
    assert_true(hp_addr_equal(&message.peers[0], &first));
    assert_true(hp_addr_equal(&message.peers[1], &second));
    assert_false(message.is_malformed);
}

static void
of_an_attribute_that_comes_twice_the_first_counts(void **state)
{
    struct client client;
    client_init(&client, "secret");
    client_begin(&client, STUN_REFRESH);
    client_add_u32(&client, STUN_ATTRIBUTE_LIFETIME, 1);
    client_add_u32(&client, STUN_ATTRIBUTE_LIFETIME, 2);
    client_end(&client);
    assert_int_equal(parse(client.data, client.size).lifetime_s, 1);
}

static void
what_stands_behind_the_integrity_does_not_count(void **state)
{
    struct client client;
    client_init(&client, "secret");
    client_begin(&client, STUN_REFRESH);
    stun_message_append_bytes(
            &client.stun, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, "01234567890123456789", 20);
    client_add_u32(&client, STUN_ATTRIBUTE_LIFETIME, 1);
    client_end(&client);
    struct hp_message message = parse(client.data, client.size);
    assert_false(message.has_lifetime);
    assert_int_equal(message.integrity.size, 20);
}

static void
more_peers_than_the_limit_are_malformed(void **state)
{
    struct client client;
    client_init(&client, "secret");
    client_begin(&client, STUN_CREATEPERMISSION);
    for (unsigned i = 0; i < HP_MESSAGE_PEERS_MAX; i++) {
        client_add_peer(&client, "10.0.0.1", (uint16_t) i);
    }
    client_end(&client);
    assert_false(parse(client.data, client.size).is_malformed);
    client_add_peer(&client, "10.0.0.1", 1);
    client_end(&client);
    struct hp_message message = parse(client.data, client.size);
    assert_true(message.is_malformed);
    assert_int_equal(message.peer_count, HP_MESSAGE_PEERS_MAX);
}

static void
attributes_of_an_impossible_size_are_malformed(void **state)
{
    static const uint16_t types[] = { STUN_ATTRIBUTE_LIFETIME, STUN_ATTRIBUTE_XOR_PEER_ADDRESS,
        STUN_ATTRIBUTE_CHANNEL_NUMBER, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, 0x0017,
        STUN_ATTRIBUTE_CHANGE_REQUEST, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, STUN_ATTRIBUTE_EVEN_PORT,
        STUN_ATTRIBUTE_RESERVATION_TOKEN };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct client client;
        client_init(&client, "secret");
        client_begin(&client, STUN_ALLOCATE);
        stun_message_append_bytes(&client.stun, (StunAttribute) types[i], "12", 2);
        client_end(&client);
        assert_true(parse(client.data, client.size).is_malformed);
    }
}

static void
a_text_that_is_too_long_is_malformed(void **state)
{
    struct client client;
    char text[HP_MESSAGE_TEXT_MAX + 1];
    memset(text, 'a', sizeof(text));
    client_init(&client, "secret");
    client_begin(&client, STUN_ALLOCATE);
    stun_message_append_bytes(&client.stun, STUN_ATTRIBUTE_REALM, text, sizeof(text) - 1);
    client_end(&client);
    assert_false(parse(client.data, client.size).is_malformed);
    stun_message_append_bytes(&client.stun, STUN_ATTRIBUTE_USERNAME, text, sizeof(text));
    client_end(&client);
    struct hp_message message = parse(client.data, client.size);
    assert_true(message.is_malformed);
    assert_null(message.username.data);
}

static void
a_message_without_the_cookie_is_classic(void **state)
{
    uint8_t data[20 + 64] = { 0, 1, 0, 0, 1, 2, 3, 4 };
    assert_true(parse(data, 20).is_classic);
}

static void
what_is_cut_or_no_stun_is_refused(void **state)
{
    uint8_t copy[sizeof(vector_request) + 64] = { 0 };
    struct hp_message message;
    memcpy(copy, vector_request, sizeof(vector_request));
    for (size_t size = 0; size < sizeof(vector_request); size++) {
        assert_false(hp_message_parse(&message, copy, size));
    }
    assert_false(hp_message_parse(&message, copy, sizeof(vector_request) + 4));
    copy[0] = 0x40;
    assert_false(hp_message_parse(&message, copy, sizeof(vector_request)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_of_rfc_5769_is_read),
        cmocka_unit_test(the_responses_of_rfc_5769_are_read),
        cmocka_unit_test(the_long_term_request_of_rfc_5769_is_read),
        cmocka_unit_test(every_attribute_of_turn_is_read),
        cmocka_unit_test(of_an_attribute_that_comes_twice_the_first_counts),
        cmocka_unit_test(what_stands_behind_the_integrity_does_not_count),
        cmocka_unit_test(more_peers_than_the_limit_are_malformed),
        cmocka_unit_test(attributes_of_an_impossible_size_are_malformed),
        cmocka_unit_test(a_text_that_is_too_long_is_malformed),
        cmocka_unit_test(a_message_without_the_cookie_is_classic),
        cmocka_unit_test(what_is_cut_or_no_stun_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

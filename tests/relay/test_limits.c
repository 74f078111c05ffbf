// Tests of relay/relay.c: what it does with clients that ask too much.
#include "relay/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/client.h"
#include "relay/discovery.h"
#include "relay/throttle.h"

enum { TRANSPORT_UDP = 17 << 24 };

static struct hp_carrier way; // to the client
static uint8_t sent[2048];
static size_t sent_size;
static unsigned sent_count;
static struct hp_relay *relay;
static struct hp_service service;
static struct client client;

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    memcpy(sent, segments[0].data, segments[0].size);
    sent_size = segments[0].size;
    sent_count += count;
    return count;
}

static const struct hp_carrier_ops way_ops = { .send_run = send_run };

static int
set_up(void **state)
{
    const struct hp_relay_params params = { .secret = "secret", .with_turn = true };
    client_clock_begin();
    way = (struct hp_carrier){ &way_ops, HP_PATH_UDP };
    relay = hp_relay_create(&params);
    service = hp_relay_service(relay);
    client_init(&client, "secret");
    client.flow.carrier = &way;
    return 0;
}

static int
tear_down(void **state)
{
    hp_relay_destroy(relay);
    client_clock_end();
    return 0;
}

static bool
give(void)
{
    sent_count = 0;
    return service.ops->on_datagram(service.arg, &client.flow, client.data, client.size);
}

// The code of the answer, -1: none or a wrong one.
static int
ask(void)
{
    give();
    return sent_count == 0 ? -1 : client_read(&client, sent, sent_size);
}

static int
allocate(void)
{
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
    client_end(&client);
    return ask();
}

// Spends what strangers have by UDP, in one network and in all.
static void
flood(void)
{
    struct client stranger = client;
    struct hp_carrier carrier = { &way_ops, HP_PATH_UDP };
    char ip[32];
    stranger.flow.carrier = &carrier;
    client_begin(&stranger, STUN_BINDING);
    client_end(&stranger);
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(ip, sizeof(ip), "198.51.%u.9", 100 + i % 100);
        stranger.flow.remote = client_addr(ip, 1000);
        service.ops->on_datagram(
                service.arg, &stranger.flow, stranger.data, stranger.size);
    }
    sent_count = 0;
}

// From now on the client comes by a connection of that number.
static void
come_by_connection(uint64_t id)
{
    way.kind = HP_PATH_TCP;
    client.flow.id = id;
}

static void
a_flood_by_udp_stops_no_stranger_who_comes_by_a_connection(void **state)
{
    flood();
    assert_int_equal(allocate(), -1);
    come_by_connection(1);
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
}

static void
a_flood_by_udp_stops_nobody_who_has_a_nonce(void **state)
{
    assert_int_equal(allocate(), 401);
    flood();
    assert_int_equal(allocate(), 0);
}

static void
a_nonce_of_another_address_or_of_nobody_opens_nothing(void **state)
{
    assert_int_equal(allocate(), 401);
    flood();
    client.flow.remote.port++;
    assert_int_equal(allocate(), -1);
    client.flow.remote.port--;
    client.nonce[3] ^= 1;
    assert_int_equal(allocate(), -1);
}

static void
whoever_has_a_nonce_has_a_limit_too(void **state)
{
    unsigned answered = 0;
    assert_int_equal(allocate(), 401);
    client.credentials.password[0] ^= 1;
    for (unsigned i = 0; i < 2000; i++) {
        answered += allocate() == 401;
    }
    assert_int_equal(answered, HP_THROTTLE_PROVEN_BURST);
}

static void
a_message_by_a_connection_is_answered_or_refused(void **state)
{
    unsigned taken = 0, answered = 0;
    come_by_connection(1);
    for (unsigned i = 0; i < 3000; i++) {
        client.flow.remote.port++;
        client_begin(&client, STUN_BINDING);
        client_end(&client);
        taken += give();
        answered += sent_count;
        stun_agent_forget_transaction(&client.agent, client.data + 4);
    }
    assert_int_equal(taken, HP_THROTTLE_CONNECTION_BURST);
    assert_int_equal(answered, taken);
}

static void
a_short_request_by_a_connection_is_answered_too(void **state)
{
    come_by_connection(1);
    client_begin(&client, STUN_REFRESH); // 20 bytes
    client_end(&client);
    assert_int_equal(ask(), 401);
}

static void
a_client_that_asks_too_often_by_a_connection_loses_its_allocation(void **state)
{
    unsigned answered = 0;
    come_by_connection(1);
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
    do {
        client_begin(&client, STUN_REFRESH);
        client_end(&client);
        answered++;
    } while (ask() == 0 && answered < 200);
    assert_int_equal(answered, 101);
    assert_false(service.ops->has_client(service.arg, &client.flow));
}

static void
a_second_port_answers_binding_requests_and_nothing_else(void **state)
{
    service = hp_relay_stun_service(relay);
    assert_int_equal(allocate(), -1);
    client_build_send(&client, "10.0.0.1", 8080, "data");
    assert_false(give());
    client_begin(&client, STUN_BINDING);
    client_end(&client);
    assert_int_equal(ask(), 0);
    for (unsigned i = 0; i < HP_THROTTLE_STRANGER_NETWORK_BURST; i++) {
        give();
    }
    assert_false(give());
    assert_int_equal(hp_relay_get_counters(relay).refused_early, 2);
}

static void
what_a_network_learns_of_another_address_is_limited(void **state)
{
    static const char *const addresses[] = { "10.0.0.1", "10.0.0.2", NULL };
    struct hp_carrier annex;
    struct hp_discovery discovery = { .carriers = { &way, &annex },
        .ports = { 8080, 3478 } };
    struct hp_relay_params params = { .secret = "secret", .discovery = &discovery };
    unsigned longer = 0;
    hp_discovery_read(&discovery, addresses);
    hp_relay_destroy(relay);
    relay = hp_relay_create(&params);
    service = hp_relay_service(relay);
    client_begin(&client, STUN_BINDING);
    client_end(&client);
    for (unsigned i = 0; i < HP_THROTTLE_DISCOVERY_NETWORK_BURST + 10; i++) {
        assert_true(give());
        longer += sent_size == 56;
    }
    assert_int_equal(longer, HP_THROTTLE_DISCOVERY_NETWORK_BURST);
    assert_int_equal(sent_size, 32);
}

#define LIMIT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT_TEST(a_flood_by_udp_stops_no_stranger_who_comes_by_a_connection),
        LIMIT_TEST(a_flood_by_udp_stops_nobody_who_has_a_nonce),
        LIMIT_TEST(a_nonce_of_another_address_or_of_nobody_opens_nothing),
        LIMIT_TEST(whoever_has_a_nonce_has_a_limit_too),
        LIMIT_TEST(a_message_by_a_connection_is_answered_or_refused),
        LIMIT_TEST(a_short_request_by_a_connection_is_answered_too),
        LIMIT_TEST(a_client_that_asks_too_often_by_a_connection_loses_its_allocation),
        LIMIT_TEST(a_second_port_answers_binding_requests_and_nothing_else),
        LIMIT_TEST(what_a_network_learns_of_another_address_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

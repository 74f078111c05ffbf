// Tests of relay/turn.c.
#include "relay/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/client.h"
#include "relay/foreign.h"
#include "relay/message.h"
#include "relay/response.h"

#define MEDIA "10.0.0.1"

enum { MEDIA_PORT = 8080, TRANSPORT_UDP = 17 << 24 };

static struct hp_carrier udp = { .kind = HP_PATH_UDP };
static struct hp_turn turn;
static struct client client;
static struct hp_response reply;

static int
set_up(void **state)
{
    client_clock_begin();
    hp_turn_init(&turn, "secret", 0);
    client_init(&client, "secret");
    client.flow.carrier = &udp;
    return 0;
}

static int
tear_down(void **state)
{
    hp_turn_finish(&turn);
    client_clock_end();
    return 0;
}

// Sends what has been built. The code of the answer, -1: none or a wrong one.
static int
ask(void)
{
    struct hp_message message;
    assert_true(hp_message_parse(&message, client.data, client.size));
    hp_turn_answer(&turn, &reply, &message, &client.flow);
    return reply.size == 0 ? -1 : client_read(&client, reply.data, reply.size);
}

static void
build_allocate(void)
{
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
    client_end(&client);
}

static int
allocate(void)
{
    build_allocate();
    return ask();
}

// Past the challenge.
static void
be_allocated(void)
{
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
}

static int
refresh(uint32_t lifetime_s)
{
    client_begin(&client, STUN_REFRESH);
    client_add_u32(&client, STUN_ATTRIBUTE_LIFETIME, lifetime_s);
    client_end(&client);
    return ask();
}

static int
permit(const char *ip, uint16_t port)
{
    client_begin(&client, STUN_CREATEPERMISSION);
    client_add_peer(&client, ip, port);
    client_end(&client);
    return ask();
}

static int
bind_channel(uint16_t number, const char *ip, uint16_t port)
{
    client_begin(&client, STUN_CHANNELBIND);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANNEL_NUMBER, (uint32_t) number << 16);
    client_add_peer(&client, ip, port);
    client_end(&client);
    return ask();
}

static uint32_t
answered_lifetime(void)
{
    StunMessage stun = { .buffer = reply.data, .buffer_len = reply.size };
    uint32_t lifetime_s = UINT32_MAX;
    stun_message_find32(&stun, STUN_ATTRIBUTE_LIFETIME, &lifetime_s);
    return lifetime_s;
}

static struct hp_addr
answered_addr(StunAttribute type)
{
    StunMessage stun = { .buffer = reply.data, .buffer_len = reply.size };
    struct sockaddr_storage found;
    socklen_t size = sizeof(found);
    struct hp_addr addr = { .port = 0 };
    if (stun_message_find_xor_addr(&stun, type, &found, &size) == STUN_MESSAGE_RETURN_SUCCESS) {
        hp_addr_from_sockaddr(&addr, &found);
    }
    return addr;
}

static void
a_stranger_is_challenged_in_twice_the_bytes_and_leaves_no_trace(void **state)
{
    assert_int_equal(allocate(), 401);
    assert_int_equal(client.size, 28);
    assert_int_equal(reply.size, 56);
    assert_string_equal(client.realm, HP_AUTH_REALM);
    assert_int_equal(hp_allocations_count(&turn.allocations), 0);
    assert_int_equal(turn.peers.count, 0);
}

static void
an_allocation_has_a_relayed_address_and_ten_minutes(void **state)
{
    be_allocated();
    struct hp_addr relayed = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    struct hp_addr mapped = answered_addr(STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS);
    assert_int_equal(hp_allocations_count(&turn.allocations), 1);
    assert_true(hp_addr_is_ipv4(&relayed));
    assert_int_not_equal(relayed.port, 0);
    assert_true(hp_addr_equal(&mapped, &client.flow.remote));
    assert_int_equal(answered_lifetime(), 600);
}

static void
a_repeated_allocate_has_the_same_answer_and_another_one_437(void **state)
{
    assert_int_equal(allocate(), 401);
    build_allocate();
    uint8_t first[CLIENT_DATA_SIZE];
    memcpy(first, client.data, sizeof(first));
    size_t size = client.size;
    assert_int_equal(ask(), 0);
    struct hp_addr relayed = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    struct hp_message message;
    assert_true(hp_message_parse(&message, first, size));
    hp_turn_answer(&turn, &reply, &message, &client.flow);
    struct hp_addr again = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    assert_true(hp_addr_equal(&relayed, &again));
    assert_int_equal(hp_allocations_count(&turn.allocations), 1);
    assert_int_equal(allocate(), 437);
}

static int
allocate_with(uint16_t type, uint32_t value)
{
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
    client_add_u32(&client, type, value);
    client_end(&client);
    return ask();
}

static void
an_allocate_that_we_cannot_do_is_refused(void **state)
{
    assert_int_equal(allocate(), 401);
    client_begin(&client, STUN_ALLOCATE);
    client_end(&client);
    assert_int_equal(ask(), 400);
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, 6 << 24);
    client_end(&client);
    assert_int_equal(ask(), 442);
    assert_int_equal(allocate_with(0x0017, 3 << 24), 440);
    assert_int_equal(allocate_with(STUN_ATTRIBUTE_DONT_FRAGMENT, 0), 420);
    assert_int_equal(hp_allocations_count(&turn.allocations), 0);
}

static int
allocate_with_bytes(StunAttribute type, const void *data, size_t size)
{
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
    stun_message_append_bytes(&client.stun, type, data, size);
    client_end(&client);
    return ask();
}

static void
an_even_port_and_the_next_one_can_be_had(void **state)
{
    uint8_t token[8];
    uint16_t size;
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate_with_bytes(STUN_ATTRIBUTE_EVEN_PORT, "\x80", 1), 0);
    StunMessage stun = { .buffer = reply.data, .buffer_len = reply.size };
    struct hp_addr first = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    const void *found = stun_message_find(&stun, STUN_ATTRIBUTE_RESERVATION_TOKEN, &size);
    assert_non_null(found);
    memcpy(token, found, sizeof(token));
    client.flow.local.port++; // another way of the same client
    assert_int_equal(allocate_with_bytes(STUN_ATTRIBUTE_RESERVATION_TOKEN, token, 8), 0);
    struct hp_addr second = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    assert_int_equal(first.port % 2, 0);
    assert_int_equal(second.port, first.port + 1);
    client.flow.local.port++;
    assert_int_equal(allocate_with_bytes(STUN_ATTRIBUTE_RESERVATION_TOKEN, token, 8), 508);
}

static void
the_asked_family_is_that_of_the_relayed_address(void **state)
{
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate_with(0x0017, 2 << 24), 0);
    struct hp_addr relayed = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    assert_false(hp_addr_is_ipv4(&relayed));
    assert_int_equal(permit(MEDIA, MEDIA_PORT), 443);
}

static void
a_server_without_ipv4_gives_ipv6(void **state)
{
    client.flow.local = client_addr("2001:db8::1", 8080);
    be_allocated();
    struct hp_addr relayed = answered_addr(STUN_ATTRIBUTE_XOR_RELAYED_ADDRESS);
    assert_false(hp_addr_is_ipv4(&relayed));
    assert_int_equal(permit("2001:db8::1", 8080), 0);
}

static void
a_seventeenth_allocation_of_a_session_is_refused(void **state)
{
    assert_int_equal(allocate(), 401);
    for (unsigned i = 0; i < HP_ALLOCATIONS_PER_SESSION; i++) {
        client.flow.local.port = (uint16_t) (8080 + i); // another way of the same client
        assert_int_equal(allocate(), 0);
    }
    client.flow.local.port = 80;
    assert_int_equal(allocate(), 486);
}

static void
expired_credentials_allocate_nothing_but_refresh_on(void **state)
{
    hp_credentials_make(&client.credentials, "secret", "someone", client_expiry(60));
    be_allocated();
    client_clock_pass_s(120);
    assert_int_equal(refresh(600), 0);
    assert_int_equal(permit(MEDIA, MEDIA_PORT), 0);
    assert_int_equal(refresh(0), 0);
    assert_int_equal(allocate(), 401);
}

static void
a_stale_nonce_is_told_and_renewed(void **state)
{
    be_allocated();
    assert_int_equal(refresh(3600), 0);
    client_clock_pass_s(HP_NONCE_LIFETIME_S + 1);
    assert_int_equal(refresh(600), 438);
    assert_int_equal(refresh(600), 0);
}

static void
other_credentials_do_not_touch_an_allocation(void **state)
{
    be_allocated();
    hp_credentials_make(&client.credentials, "secret", "other", client_expiry(3600));
    assert_int_equal(refresh(0), 441);
    assert_int_equal(permit(MEDIA, MEDIA_PORT), 441);
    assert_int_equal(hp_allocations_count(&turn.allocations), 1);
}

static void
a_refresh_renews_or_ends_the_allocation(void **state)
{
    be_allocated();
    assert_int_equal(refresh(1), 0);
    assert_int_equal(answered_lifetime(), 600);
    assert_int_equal(refresh(100000), 0);
    assert_int_equal(answered_lifetime(), 3600);
    assert_int_equal(refresh(0), 0);
    assert_int_equal(answered_lifetime(), 0);
    assert_int_equal(hp_allocations_count(&turn.allocations), 0);
    assert_int_equal(refresh(600), 437);
}

static void
an_allocation_ends_by_itself(void **state)
{
    be_allocated();
    client_clock_pass_s(600);
    assert_int_equal(permit(MEDIA, MEDIA_PORT), 437);
    assert_int_equal(hp_allocations_count(&turn.allocations), 0);
}

static void
only_our_own_media_may_be_a_peer(void **state)
{
    be_allocated();
    assert_int_equal(permit(MEDIA, MEDIA_PORT), 0);
    assert_int_equal(permit(MEDIA, 0), 0);
    assert_int_equal(permit(MEDIA, 22), 403);
    assert_int_equal(permit("10.0.0.2", MEDIA_PORT), 403);
    assert_int_equal(bind_channel(0x4000, MEDIA, MEDIA_PORT), 0);
    assert_int_equal(bind_channel(0x4001, MEDIA, 22), 403);
    assert_int_equal(bind_channel(0x4001, MEDIA, 0), 403);
    assert_int_equal(bind_channel(0x4001, "10.0.0.2", MEDIA_PORT), 403);
}

static void
a_list_of_peers_is_permitted_as_a_whole_or_not_at_all(void **state)
{
    be_allocated();
    client_begin(&client, STUN_CREATEPERMISSION);
    client_add_peer(&client, MEDIA, MEDIA_PORT);
    client_add_peer(&client, "10.0.0.2", MEDIA_PORT);
    client_end(&client);
    assert_int_equal(ask(), 403);
    struct hp_addr media = client_addr(MEDIA, MEDIA_PORT);
    assert_false(hp_allocation_permits(
            hp_allocations_find(&turn.allocations, &client.flow, 0), &media, 0));
    client_begin(&client, STUN_CREATEPERMISSION);
    client_end(&client);
    assert_int_equal(ask(), 400);
}

static void
a_channel_has_a_number_of_its_range_and_one_peer(void **state)
{
    be_allocated();
    assert_int_equal(bind_channel(0x3fff, MEDIA, MEDIA_PORT), 400);
    assert_int_equal(bind_channel(0x8000, MEDIA, MEDIA_PORT), 400);
    assert_int_equal(bind_channel(0x7fff, MEDIA, MEDIA_PORT), 0);
    assert_int_equal(bind_channel(0x7ffe, MEDIA, MEDIA_PORT), 400); // the peer is bound
    client_begin(&client, STUN_CHANNELBIND);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANNEL_NUMBER, 0x4000 << 16);
    client_end(&client);
    assert_int_equal(ask(), 400);
}

static void
whatever_is_not_ours_gets_403(void **state)
{
    static const uint16_t ports[] = { MEDIA_PORT, 22, 80, 3478, 9090 };
    unsigned refused = 0;
    be_allocated();
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        for (size_t k = 0; k < sizeof(ports) / sizeof(ports[0]); k++) {
            client_clock_pass_s(1); // beside the limit of requests
            assert_int_equal(refresh(3600), refused % 400 == 399 ? 438 : 0);
            assert_int_equal(permit(foreign[i], ports[k]), 403);
            assert_int_equal(bind_channel(0x4000, foreign[i], ports[k]), 403);
            refused++;
        }
    }
    for (size_t k = 1; k < sizeof(ports) / sizeof(ports[0]); k++) { // our other ports
        assert_int_equal(permit(MEDIA, ports[k]), 403);
        assert_int_equal(bind_channel(0x4000, MEDIA, ports[k]), 403);
    }
    const struct hp_allocation *allocation =
            hp_allocations_find(&turn.allocations, &client.flow, 0);
    assert_int_equal(allocation->permission_count, 0);
    assert_int_equal(allocation->channel_count, 0);
}

static void
where_a_client_finds_us_loopback_stays_closed(void **state)
{
    client.flow.local = client_addr("127.0.0.1", 8080);
    be_allocated();
    assert_int_equal(permit("127.0.0.1", 8080), 403);
}

static void
requests_of_a_client_are_limited(void **state)
{
    unsigned answered = 0;
    be_allocated();
    for (unsigned i = 0; i < 300; i++) {
        answered += refresh(600) == 0;
    }
    assert_int_equal(answered, 100);
}

static void
other_methods_have_no_answer(void **state)
{
    client_begin(&client, STUN_SHARED_SECRET);
    client_end(&client);
    assert_int_equal(ask(), -1);
    client_begin(&client, STUN_CONNECT);
    client_end(&client);
    assert_int_equal(ask(), -1);
}

#define TURN_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TURN_TEST(a_stranger_is_challenged_in_twice_the_bytes_and_leaves_no_trace),
        TURN_TEST(an_allocation_has_a_relayed_address_and_ten_minutes),
        TURN_TEST(a_repeated_allocate_has_the_same_answer_and_another_one_437),
        TURN_TEST(an_allocate_that_we_cannot_do_is_refused),
        TURN_TEST(an_even_port_and_the_next_one_can_be_had),
        TURN_TEST(the_asked_family_is_that_of_the_relayed_address),
        TURN_TEST(a_server_without_ipv4_gives_ipv6),
        TURN_TEST(a_seventeenth_allocation_of_a_session_is_refused),
        TURN_TEST(expired_credentials_allocate_nothing_but_refresh_on),
        TURN_TEST(a_stale_nonce_is_told_and_renewed),
        TURN_TEST(other_credentials_do_not_touch_an_allocation),
        TURN_TEST(a_refresh_renews_or_ends_the_allocation),
        TURN_TEST(an_allocation_ends_by_itself),
        TURN_TEST(only_our_own_media_may_be_a_peer),
        TURN_TEST(a_list_of_peers_is_permitted_as_a_whole_or_not_at_all),
        TURN_TEST(a_channel_has_a_number_of_its_range_and_one_peer),
        TURN_TEST(whatever_is_not_ours_gets_403),
        TURN_TEST(where_a_client_finds_us_loopback_stays_closed),
        TURN_TEST(requests_of_a_client_are_limited),
        TURN_TEST(other_methods_have_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

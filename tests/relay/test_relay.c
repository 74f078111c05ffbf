// Tests of relay/relay.c.
#include "relay/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/worker.h"
#include "relay/allocation.h"
#include "relay/client.h"
#include "relay/message.h"

#define MEDIA "10.0.0.1"

enum { MEDIA_PORT = 8080, TRANSPORT_UDP = 17 << 24, SENT_MAX = 40 };

// The shared socket: remembers what is sent to clients.
struct socket {
    struct hp_carrier carrier; // must be first
    struct hp_flow to;
    uint8_t data[SENT_MAX][2048];
    size_t size[SENT_MAX];
    unsigned count;
    unsigned room; // datagrams that it takes
    unsigned awaited, cancelled;
};

static struct socket udp;
static struct hp_relay *relay;
static struct hp_service service;
static struct client client;
static struct hp_flow injected_flow;
static char injected[64];
static unsigned injected_count;

static unsigned
send_run(struct hp_carrier *carrier, const struct hp_flow *flow, const struct hp_segment *segments,
        unsigned count)
{
    unsigned sent = 0;
    for (; sent < count && udp.count < udp.room; sent++, udp.count++) {
        memcpy(udp.data[udp.count], segments[sent].data, segments[sent].size);
        udp.size[udp.count] = segments[sent].size;
    }
    udp.to = *flow;
    return sent;
}

static void
await(struct hp_carrier *carrier, const struct hp_flow *flow, struct hp_flow_wait *wait)
{
    udp.to = *flow;
    udp.awaited++;
}

static void
cancel(struct hp_carrier *carrier, struct hp_flow_wait *wait)
{
    udp.cancelled++;
}

static const struct hp_carrier_ops udp_ops = { send_run, await, cancel };

static void
inject(void *arg, const struct hp_flow *flow, const uint8_t *data, size_t size)
{
    assert_true(size < sizeof(injected));
    memcpy(injected, data, size);
    injected[size] = '\0';
    injected_flow = *flow;
    injected_count++;
}

static void
start(bool with_turn)
{
    struct hp_relay_params params = { .secret = "secret",
        .with_turn = with_turn,
        .inject = inject };
    client_clock_begin();
    memset(&udp, 0, sizeof(udp));
    udp.carrier = (struct hp_carrier){ &udp_ops, HP_PATH_UDP };
    udp.room = SENT_MAX;
    injected_count = 0;
    relay = hp_relay_create(&params);
    service = hp_relay_service(relay);
    client_init(&client, "secret");
    client.flow.carrier = &udp.carrier;
}

static int
set_up(void **state)
{
    start(true);
    return 0;
}

static int
set_up_stun(void **state)
{
    start(false);
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
    udp.count = 0;
    return service.ops->on_datagram(service.arg, &client.flow, client.data, client.size);
}

// The code of the answer, -1: none or a wrong one.
static int
ask(void)
{
    give();
    return udp.count == 0 ? -1 : client_read(&client, udp.data[0], udp.size[0]);
}

static int
allocate(void)
{
    client_begin(&client, STUN_ALLOCATE);
    client_add_u32(&client, STUN_ATTRIBUTE_REQUESTED_TRANSPORT, TRANSPORT_UDP);
    client_end(&client);
    return ask();
}

static void
be_permitted(void)
{
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
    client_begin(&client, STUN_CREATEPERMISSION);
    client_add_peer(&client, MEDIA, MEDIA_PORT);
    client_end(&client);
    assert_int_equal(ask(), 0);
}

static void
be_bound(void)
{
    be_permitted();
    client_begin(&client, STUN_CHANNELBIND);
    client_add_u32(&client, STUN_ATTRIBUTE_CHANNEL_NUMBER, 0x4001 << 16);
    client_add_peer(&client, MEDIA, MEDIA_PORT);
    client_end(&client);
    assert_int_equal(ask(), 0);
}

static bool
give_channel_data(uint16_t channel, const char *text)
{
    size_t size = strlen(text);
    uint8_t head[] = { (uint8_t) (channel >> 8), (uint8_t) channel, 0, (uint8_t) size };
    memcpy(client.data, head, sizeof(head));
    memcpy(client.data + sizeof(head), text, size);
    client.size = sizeof(head) + size;
    return give();
}

static void
assert_injected_from_relay(void)
{
    struct hp_addr media = client_addr(MEDIA, MEDIA_PORT);
    assert_int_equal(injected_count, 1);
    assert_string_equal(injected, "hello");
    assert_int_equal(injected_flow.carrier->kind, HP_PATH_RELAY);
    assert_true(hp_addr_equal(&injected_flow.local, &media));
    assert_false(hp_addr_equal(&injected_flow.remote, &client.flow.remote));
}

static void
a_binding_request_is_answered_where_it_came_from(void **state)
{
    client_begin(&client, STUN_BINDING);
    client_end(&client);
    assert_int_equal(ask(), 0);
    assert_true(hp_addr_equal(&udp.to.remote, &client.flow.remote));
    assert_true(hp_addr_equal(&udp.to.local, &client.flow.local));
    assert_int_equal(hp_relay_get_counters(relay).answered, 1);
}

static void
turn_that_is_off_is_silent(void **state)
{
    assert_int_equal(allocate(), -1);
    client_begin(&client, STUN_BINDING);
    client_end(&client);
    assert_int_equal(ask(), 0);
}

static void
a_send_indication_reaches_our_media(void **state)
{
    be_permitted();
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    assert_true(give());
    assert_injected_from_relay();
    assert_int_equal(udp.count, 0);
}

static void
channel_data_reaches_our_media(void **state)
{
    be_bound();
    assert_true(give_channel_data(0x4001, "hello"));
    assert_injected_from_relay();
}

static void
without_a_permission_nothing_is_relayed(void **state)
{
    assert_int_equal(allocate(), 401);
    assert_int_equal(allocate(), 0);
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    assert_false(give());
    assert_false(give_channel_data(0x4001, "hello"));
    assert_int_equal(injected_count, 0);
    assert_int_equal(hp_relay_get_counters(relay).dropped, 2);
}

static void
a_permission_opens_no_other_port(void **state)
{
    be_permitted();
    client_build_send(&client, MEDIA, 22, "hello");
    assert_false(give());
    assert_int_equal(injected_count, 0);
}

static void
a_permission_and_a_channel_run_out(void **state)
{
    be_bound();
    client_clock_pass_s(HP_ALLOCATION_PERMISSION_S);
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    assert_false(give());
    assert_false(give_channel_data(0x4001, "hello"));
    assert_int_equal(injected_count, 0);
}

static void
a_stranger_relays_nothing(void **state)
{
    be_bound();
    client.flow.remote.port++;
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    assert_false(give());
    assert_false(give_channel_data(0x4001, "hello"));
    assert_int_equal(injected_count, 0);
}

// Sends as a peer does, by the flow of the injected datagram.
static unsigned
send_back(const char *const *texts, unsigned count)
{
    struct hp_segment segments[SENT_MAX];
    for (unsigned i = 0; i < count; i++) {
        segments[i] = (struct hp_segment){ (const uint8_t *) texts[i], strlen(texts[i]) };
    }
    udp.count = 0;
    return injected_flow.carrier->ops->send_run(
            injected_flow.carrier, &injected_flow, segments, count);
}

static void
what_a_peer_sends_comes_in_the_channel(void **state)
{
    static const char *const texts[] = { "one", "three" };
    be_bound();
    give_channel_data(0x4001, "hello");
    assert_int_equal(send_back(texts, 2), 2);
    assert_int_equal(udp.count, 2);
    assert_memory_equal(udp.data[0], "\x40\x01\x00\x03one", 7);
    assert_memory_equal(udp.data[1], "\x40\x01\x00\x05three", 9);
    assert_true(hp_addr_equal(&udp.to.remote, &client.flow.remote));
    assert_true(hp_addr_equal(&udp.to.local, &client.flow.local));
}

static void
what_a_peer_sends_comes_in_indications_before_a_channel_is_bound(void **state)
{
    static const char *const texts[] = { "one" };
    struct hp_message message;
    struct hp_addr media = client_addr(MEDIA, MEDIA_PORT);
    be_permitted();
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    give();
    assert_int_equal(send_back(texts, 1), 1);
    assert_true(hp_message_parse(&message, udp.data[0], udp.size[0]));
    assert_int_equal(message.method, STUN_IND_DATA);
    assert_true(hp_addr_equal(&message.peers[0], &media));
    assert_memory_equal(message.payload.data, "one", 3);
}

static void
a_long_run_goes_in_parts_and_stops_where_the_socket_is_full(void **state)
{
    const char *texts[SENT_MAX];
    be_bound();
    give_channel_data(0x4001, "hello");
    for (unsigned i = 0; i < SENT_MAX; i++) {
        texts[i] = "x";
    }
    assert_int_equal(send_back(texts, SENT_MAX), SENT_MAX);
    assert_int_equal(udp.count, SENT_MAX);
    udp.room = 21;
    assert_int_equal(send_back(texts, SENT_MAX), 21);
}

static void
who_waits_for_room_waits_for_the_socket(void **state)
{
    struct hp_flow_wait wait = { .is_waiting = false };
    be_bound();
    give_channel_data(0x4001, "hello");
    struct hp_carrier *carrier = injected_flow.carrier;
    carrier->ops->await(carrier, &injected_flow, &wait);
    assert_int_equal(udp.awaited, 1);
    assert_true(hp_addr_equal(&udp.to.remote, &client.flow.remote));
    carrier->ops->cancel(carrier, &wait);
    assert_int_equal(udp.cancelled, 1);
}

static void
bytes_of_a_client_are_limited(void **state)
{
    unsigned relayed = 0;
    be_bound();
    for (unsigned i = 0; i < 300000; i++) {
        relayed += give_channel_data(0x4001, "0123456789012345678901234567890123456789");
    }
    assert_int_equal(relayed, 8 * 1024 * 1024 / 40);
}

static void
strangers_are_limited_before_anything_is_verified(void **state)
{
    unsigned answered = 0;
    for (unsigned i = 0; i < 10000; i++) {
        client.flow.remote = client_addr("198.51.100.9", (uint16_t) (1024 + i));
        client.nonce[0] = '\0';
        answered += allocate() == 401;
        stun_agent_forget_transaction(&client.agent, client.data + 4);
    }
    struct hp_relay_counters counters = hp_relay_get_counters(relay);
    assert_int_equal(answered, 200);
    assert_int_equal(counters.refused_early, 9800);
    assert_int_equal(counters.allocations, 0);
}

static void
a_client_with_an_allocation_does_not_suffer_from_its_neighbours(void **state)
{
    be_permitted();
    struct client neighbour = client;
    for (unsigned i = 0; i < 1000; i++) {
        neighbour.flow.remote.port = (uint16_t) (10000 + i);
        client_begin(&neighbour, STUN_BINDING);
        client_end(&neighbour);
        service.ops->on_datagram(service.arg, &neighbour.flow, neighbour.data, neighbour.size);
        stun_agent_forget_transaction(&neighbour.agent, neighbour.data + 4);
    }
    assert_true(hp_relay_get_counters(relay).refused_early > 0);
    client_begin(&client, STUN_REFRESH);
    client_end(&client);
    assert_int_equal(ask(), 0);
}

static void
an_answer_to_a_stranger_is_never_more_than_twice_the_request(void **state)
{
    client_begin(&client, STUN_REFRESH); // 20 bytes
    client_end(&client);
    assert_int_equal(ask(), -1);
    assert_int_equal(hp_relay_get_counters(relay).oversized, 1);
}

static void
strangers_are_answered_on_the_wanted_addresses_only(void **state)
{
    static const char *const listen[] = { "192.168.0.0/16", "10.0.0.1", NULL };
    struct hp_relay_params params = { .secret = "secret", .listen = listen, .inject = inject };
    hp_relay_destroy(relay);
    relay = hp_relay_create(&params);
    service = hp_relay_service(relay);
    client_begin(&client, STUN_BINDING);
    client_end(&client);
    assert_int_equal(ask(), 0);
    client.flow.local = client_addr("203.0.113.1", 8080);
    assert_false(give());
    assert_int_equal(hp_relay_get_counters(relay).refused_early, 1);
}

// From now on the client comes by a connection of that number.
static void
come_by_connection(uint64_t id)
{
    udp.carrier.kind = HP_PATH_TCP;
    client.flow.id = id;
}

static void
what_a_peer_sends_goes_by_the_connection_of_the_allocation(void **state)
{
    static const char *const texts[] = { "one" };
    come_by_connection(70000);
    be_bound();
    give_channel_data(0x4001, "hello");
    assert_injected_from_relay();
    assert_int_equal(send_back(texts, 1), 1);
    assert_memory_equal(udp.data[0], "\x40\x01\x00\x03one", 7);
    assert_int_equal(udp.to.id, 70000);
    assert_true(hp_addr_equal(&udp.to.remote, &client.flow.remote));
}

static void
an_allocation_is_of_one_transport_and_connection(void **state)
{
    come_by_connection(1);
    be_permitted();
    struct socket other = { .carrier = { &udp_ops, HP_PATH_UDP } };
    assert_true(service.ops->has_client(service.arg, &client.flow));
    client.flow.id = 2;
    assert_false(service.ops->has_client(service.arg, &client.flow));
    client.flow.id = 1;
    client.flow.carrier = &other.carrier;
    assert_false(service.ops->has_client(service.arg, &client.flow));
}

static void
clients_of_both_transports_have_carriers_of_their_own(void **state)
{
    static const char *const texts[] = { "one" };
    be_bound();
    give_channel_data(0x4001, "hello");
    struct hp_flow first = injected_flow;
    static struct socket tcp;
    tcp = (struct socket){ .carrier = { &udp_ops, HP_PATH_TCP } };
    client.flow = (struct hp_flow){ &tcp.carrier, .local = client.flow.local,
        .remote = client.flow.remote, .id = 3 };
    client.nonce[0] = '\0';
    be_bound();
    give_channel_data(0x4001, "hello");
    assert_ptr_not_equal(injected_flow.carrier, first.carrier);
    assert_int_equal(send_back(texts, 1), 1);
    assert_ptr_equal(udp.to.carrier, &tcp.carrier);
    injected_flow = first;
    assert_int_equal(send_back(texts, 1), 1);
    assert_ptr_equal(udp.to.carrier, &udp.carrier);
}

static void
a_connection_that_ends_takes_its_allocation_with_it(void **state)
{
    come_by_connection(1);
    be_permitted();
    struct hp_flow other = client.flow;
    other.id = 2;
    service.ops->on_end(service.arg, &other);
    assert_int_equal(hp_relay_get_counters(relay).allocations, 1);
    service.ops->on_end(service.arg, &client.flow);
    assert_int_equal(hp_relay_get_counters(relay).allocations, 0);
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    assert_false(give());
}

static void
media_is_at_its_own_port_where_a_connection_comes_to_another_one(void **state)
{
    struct hp_relay_params params = { .secret = "secret",
        .with_turn = true,
        .media_port = MEDIA_PORT,
        .inject = inject };
    hp_relay_destroy(relay);
    relay = hp_relay_create(&params);
    service = hp_relay_service(relay);
    come_by_connection(1);
    client.flow.local.port = 443;
    be_permitted();
    client_build_send(&client, MEDIA, 443, "hello");
    assert_false(give());
    client_build_send(&client, MEDIA, MEDIA_PORT, "hello");
    assert_true(give());
    assert_injected_from_relay();
}

static void
answers_and_junk_are_dropped(void **state)
{
    static const uint8_t junk[] = "\x01\x01\x00\x00\x21\x12\xa4\x42 a response";
    memset(client.data, 0, sizeof(client.data));
    memcpy(client.data, junk, 20);
    client.size = 20;
    assert_false(give());
    client.data[0] = 0x41;
    client.size = 3;
    assert_false(give());
    client.size = 0;
    assert_false(give());
    assert_int_equal(udp.count, 0);
}

static void
run_posted(struct hp_worker *worker)
{
    while (g_main_context_iteration(hp_worker_context(worker), FALSE)) {
    }
}

static void
credentials_are_good_while_their_session_is_there(void **state)
{
    struct hp_worker *worker = hp_worker_create_main();
    struct hp_relay_params params = { .secret = "secret",
        .with_turn = true,
        .home = worker,
        .inject = inject };
    hp_relay_destroy(relay);
    relay = hp_relay_create(&params);
    service = hp_relay_service(relay);
    hp_credentials_make(&client.credentials, "secret", "s-one", client_expiry(3600));
    assert_int_equal(allocate(), 401); // which gives the nonce
    assert_int_equal(allocate(), 401);
    hp_relay_begin_session(relay, "s-one");
    run_posted(worker);
    assert_int_equal(allocate(), 0);
    hp_relay_end_session(relay, "s-two");
    run_posted(worker);
    assert_int_equal(hp_relay_get_counters(relay).allocations, 1);
    hp_relay_end_session(relay, "s-one");
    run_posted(worker);
    assert_int_equal(hp_relay_get_counters(relay).allocations, 0);
    assert_int_equal(allocate(), 401);
    hp_credentials_make(&client.credentials, "secret", "s-one", client_expiry(7200));
    assert_int_equal(allocate(), 401);
    hp_credentials_make(&client.credentials, "secret", "another", client_expiry(3600));
    assert_int_equal(allocate(), 0);
    hp_worker_destroy(worker);
}

#define RELAY_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(a_binding_request_is_answered_where_it_came_from),
        cmocka_unit_test_setup_teardown(turn_that_is_off_is_silent, set_up_stun, tear_down),
        RELAY_TEST(a_send_indication_reaches_our_media),
        RELAY_TEST(channel_data_reaches_our_media),
        RELAY_TEST(without_a_permission_nothing_is_relayed),
        RELAY_TEST(a_permission_opens_no_other_port),
        RELAY_TEST(a_permission_and_a_channel_run_out),
        RELAY_TEST(a_stranger_relays_nothing),
        RELAY_TEST(what_a_peer_sends_comes_in_the_channel),
        RELAY_TEST(what_a_peer_sends_comes_in_indications_before_a_channel_is_bound),
        RELAY_TEST(a_long_run_goes_in_parts_and_stops_where_the_socket_is_full),
        RELAY_TEST(who_waits_for_room_waits_for_the_socket),
        RELAY_TEST(bytes_of_a_client_are_limited),
        RELAY_TEST(strangers_are_limited_before_anything_is_verified),
        RELAY_TEST(a_client_with_an_allocation_does_not_suffer_from_its_neighbours),
        RELAY_TEST(an_answer_to_a_stranger_is_never_more_than_twice_the_request),
        RELAY_TEST(strangers_are_answered_on_the_wanted_addresses_only),
        RELAY_TEST(what_a_peer_sends_goes_by_the_connection_of_the_allocation),
        RELAY_TEST(an_allocation_is_of_one_transport_and_connection),
        RELAY_TEST(clients_of_both_transports_have_carriers_of_their_own),
        RELAY_TEST(a_connection_that_ends_takes_its_allocation_with_it),
        RELAY_TEST(media_is_at_its_own_port_where_a_connection_comes_to_another_one),
        RELAY_TEST(answers_and_junk_are_dropped),
        RELAY_TEST(credentials_are_good_while_their_session_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

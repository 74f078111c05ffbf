// Tests of tcp/clients.c, on connections over loopback, by way of hp_tcp.
#include "tcp/clients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcp/clients_scene.h"
#include "tcp/link.h"

static void
a_message_is_answered_by_its_connection(void **state)
{
    (void) state;
    uint8_t other[sizeof(binding)];
    memcpy(other, binding, sizeof(binding));
    other[19] = 99;
    take();
    take();
    say(0, binding, sizeof(binding));
    say(1, other, sizeof(other));
    assert_int_equal(scene.messages, 2);
    assert_read(0, binding, sizeof(binding));
    assert_read(1, other, sizeof(other));
    assert_int_equal(scene.flows[0].carrier->kind, HP_PATH_TCP);
    assert_int_not_equal(scene.flows[0].id, scene.flows[1].id);
    assert_int_equal(finish().clients, 2);
}

static void
messages_that_come_byte_by_byte_are_whole(void **state)
{
    (void) state;
    const uint8_t channel[] = { 0x40, 0x01, 0, 5, 'a', 'b', 'c', 'd', 'e', 0, 0, 0 };
    take();
    for (size_t i = 0; i < sizeof(binding); i++) {
        assert_int_equal(scene.messages, 0);
        say(0, &binding[i], 1);
    }
    assert_int_equal(scene.messages, 1);
    for (size_t i = 0; i < sizeof(channel); i++) {
        assert_int_equal(scene.messages, 1);
        say(0, &channel[i], 1);
    }
    assert_int_equal(scene.messages, 2);
    assert_memory_equal(scene.last, channel, sizeof(channel));
    assert_read(0, binding, sizeof(binding));
    assert_read(0, channel, sizeof(channel));
}

static void
messages_that_come_together_are_cut_apart(void **state)
{
    (void) state;
    uint8_t data[3 * sizeof(binding)];
    for (unsigned i = 0; i < 3; i++) {
        memcpy(data + i * sizeof(binding), binding, sizeof(binding));
    }
    take();
    say(0, data, sizeof(data) - 1);
    assert_int_equal(scene.messages, 2);
    say(0, data + sizeof(data) - 1, 1);
    assert_int_equal(scene.messages, 3);
}

static void
a_connection_that_ends_within_a_message_ends_what_is_kept_for_it(void **state)
{
    (void) state;
    scene.is_known = true;
    take();
    say(0, binding, sizeof(binding));
    say(0, binding, 7);
    close(scene.clients[0]);
    scene.clients[0] = -1;
    look();
    assert_int_equal(scene.service_ends, 1);
    assert_int_equal(scene.ends, 1);
    struct hp_segment late = { binding, sizeof(binding) };
    assert_int_equal(scene.flows[0].carrier->ops->send_run(
                             scene.flows[0].carrier, &scene.flows[0], &late, 1),
            1);
}

static void
bytes_without_meaning_end_the_connection(void **state)
{
    (void) state;
    take();
    say(0, binding, sizeof(binding));
    say(0, "\377\377\377\377", 4);
    assert_int_equal(scene.service_ends, 1);
    assert_int_equal(scene.ends, 1);
    struct hp_tcp_counters counters = finish();
    assert_int_equal(counters.broken, 1);
    assert_int_equal(counters.refused, 0);
}

static void
a_message_that_is_refused_ends_the_connection_of_an_unknown_client(void **state)
{
    (void) state;
    take();
    say(0, binding, sizeof(binding));
    scene.is_refusing = true;
    say(0, binding, sizeof(binding));
    assert_int_equal(scene.service_ends, 1);
    assert_int_equal(scene.ends, 1);
    assert_int_equal(finish().crowded, 1);
}

static void
a_connection_without_an_allocation_that_asks_on_and_on_ends(void **state)
{
    (void) state;
    take();
    take();
    for (unsigned i = 0; i < 20; i++) {
        say(0, binding, sizeof(binding));
    }
    assert_int_equal(scene.messages, 20);
    say(0, binding, sizeof(binding));
    assert_int_equal(scene.messages, 20);
    assert_int_equal(scene.ends, 1);
    say(1, binding, sizeof(binding)); // which is not held to account for the other one
    assert_int_equal(scene.messages, 21);
    assert_int_equal(finish().crowded, 1);
}

static void
a_connection_with_an_allocation_may_ask_on_and_on(void **state)
{
    (void) state;
    scene.is_known = true;
    take();
    for (unsigned i = 0; i < 100; i++) {
        say(0, binding, sizeof(binding));
    }
    assert_int_equal(scene.messages, 100);
    assert_int_equal(scene.ends, 0);
    (void) finish();
}

static void
a_message_that_is_refused_is_lost_where_the_client_is_known(void **state)
{
    (void) state;
    scene.is_known = true;
    scene.is_refusing = true;
    take();
    say(0, binding, sizeof(binding));
    assert_int_equal(scene.messages, 1);
    assert_int_equal(scene.ends, 0);
    (void) finish();
}

static void
a_connection_without_an_allocation_ends_after_ten_seconds(void **state)
{
    (void) state;
    take();
    say(0, binding, sizeof(binding));
    pass(5000);
    say(0, binding, sizeof(binding)); // which changes nothing
    pass(4900);
    assert_int_equal(scene.ends, 0);
    pass(1200);
    assert_int_equal(scene.ends, 1);
    assert_int_equal(scene.proofs, 0);
    assert_read(0, binding, sizeof(binding));
    assert_read(0, binding, sizeof(binding));
    assert_over(0);
    assert_int_equal(finish().timeouts, 1);
}

static void
a_connection_with_an_allocation_stays_and_is_told_once(void **state)
{
    (void) state;
    scene.is_known = true;
    take();
    say(0, binding, sizeof(binding));
    pass(60000);
    say(0, binding, sizeof(binding));
    assert_int_equal(scene.ends, 0);
    assert_int_equal(scene.proofs, 1);
    scene.is_known = false;
    pass(9000);
    assert_int_equal(scene.ends, 0);
    pass(2200);
    assert_int_equal(scene.ends, 1);
}

static void
a_client_that_asks_for_an_allocation_is_told_once(void **state)
{
    (void) state;
    uint8_t allocate[sizeof(binding)];
    memcpy(allocate, binding, sizeof(binding));
    allocate[1] = 3;
    take();
    say(0, binding, sizeof(binding));
    assert_int_equal(scene.signs, 0);
    say(0, allocate, sizeof(allocate));
    say(0, allocate, sizeof(allocate));
    assert_int_equal(scene.signs, 1);
    assert_int_equal(scene.proofs, 0);
}

static void
a_message_whose_rest_does_not_come_ends_the_connection(void **state)
{
    (void) state;
    scene.is_known = true;
    take();
    say(0, binding, sizeof(binding));
    say(0, binding, 7);
    pass(9900);
    assert_int_equal(scene.ends, 0);
    pass(1200);
    assert_int_equal(scene.ends, 1);
}

static void
a_guest_is_cut(void **state)
{
    (void) state;
    scene.is_known = true;
    take();
    say(0, binding, sizeof(binding));
    hp_tcp_cut(scene.bench.tcp, GUEST);
    look();
    assert_int_equal(scene.ends, 1);
    assert_int_equal(scene.service_ends, 1);
}

static void
note_end(void *arg, uint64_t guest)
{
    (void) guest;
    *(unsigned *) arg += 1;
}

static void
connections_beyond_the_limit_are_refused(void **state)
{
    (void) state;
    static struct hp_clients clients;
    unsigned ends = 0;
    clients.worker = scene.bench.main;
    clients.on_end = note_end;
    clients.arg = &ends;
    hp_clients_init(&clients, &scene.bench.main, 1);
    clients.count = HP_LANES_CLIENTS_MAX;
    hp_clients_add(&clients, hp_link_create(connect_client(), NULL, 0, GUEST));
    assert_int_equal(ends, 1);
    assert_int_equal(clients.counters.crowded, 1);
    assert_over(0);
    hp_clients_finish(&clients);
}

static bool
note_datagram(void *arg, const struct hp_flow *from, const uint8_t *data, size_t size)
{
    (void) arg;
    (void) from;
    (void) data;
    (void) size;
    return true;
}

static bool
has_none(void *arg, const struct hp_flow *from)
{
    (void) arg;
    (void) from;
    return false;
}

static void
note_flow_end(void *arg, const struct hp_flow *from)
{
    *(uint64_t *) arg = from->id;
}

static struct hp_link *
link_from(const char *address)
{
    struct hp_link *link = hp_link_create(connect_client(), NULL, 0, GUEST);
    assert_true(hp_addr_parse(&link->flow.remote, address, 4711));
    return link;
}

static void
the_oldest_without_an_allocation_gives_way_where_most_are(void **state)
{
    (void) state;
    static const struct hp_service_ops ops = { note_datagram, has_none, note_flow_end };
    static const char *const others[] = { "192.0.2.1", "2001:db8::1", "2001:db8::2",
        "2001:db8:0:1::1" };
    static struct hp_clients clients;
    uint64_t ended = 0;
    unsigned ends = 0;
    memset(&clients, 0, sizeof(clients));
    clients.worker = scene.bench.main;
    clients.service = (struct hp_service){ &ops, &ended };
    clients.on_end = note_end;
    clients.arg = &ends;
    hp_clients_init(&clients, &scene.bench.main, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++) {
        hp_clients_add(&clients, link_from(others[i]));
    }
    clients.count = HP_LANES_CLIENTS_MAX;
    hp_clients_add(&clients, link_from("192.0.2.2"));
    assert_int_equal(ended, 2); // the older one of the two of one network
    assert_over(1);
    clients.links[1]->is_valid = true;
    hp_clients_add(&clients, link_from("192.0.2.3"));
    assert_int_equal(ended, 3); // the oldest of all, but the one with an allocation
    assert_int_equal(ends, 2);
    assert_int_equal(clients.counters.crowded, 2);
    assert_int_equal(clients.count, HP_LANES_CLIENTS_MAX);
    hp_clients_finish(&clients);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define FAKED(name) cmocka_unit_test_setup_teardown(name, begin_faked, end_faked)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_answered_by_its_connection),
        TEST(messages_that_come_byte_by_byte_are_whole),
        TEST(messages_that_come_together_are_cut_apart),
        TEST(a_connection_that_ends_within_a_message_ends_what_is_kept_for_it),
        TEST(bytes_without_meaning_end_the_connection),
        TEST(a_message_that_is_refused_ends_the_connection_of_an_unknown_client),
        TEST(a_message_that_is_refused_is_lost_where_the_client_is_known),
        TEST(a_connection_without_an_allocation_that_asks_on_and_on_ends),
        TEST(a_connection_with_an_allocation_may_ask_on_and_on),
        FAKED(a_connection_without_an_allocation_ends_after_ten_seconds),
        FAKED(a_connection_with_an_allocation_stays_and_is_told_once),
        TEST(a_client_that_asks_for_an_allocation_is_told_once),
        FAKED(a_message_whose_rest_does_not_come_ends_the_connection),
        TEST(a_guest_is_cut),
        TEST(connections_beyond_the_limit_are_refused),
        TEST(the_oldest_without_an_allocation_gives_way_where_most_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of relay/throttle.c.
#include "relay/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/client.h"

static struct hp_throttle throttle;

static unsigned
admitted(enum hp_throttle_lane lane, const char *ip, unsigned count)
{
    unsigned good = 0;
    for (unsigned i = 0; i < count; i++) {
        struct hp_addr client = client_addr(ip, (uint16_t) (1024 + i));
        good += hp_throttle_admit(&throttle, lane, &client);
    }
    return good;
}

static int
set_up(void **state)
{
    client_clock_begin();
    hp_throttle_init(&throttle);
    return 0;
}

static int
tear_down(void **state)
{
    hp_throttle_finish(&throttle);
    client_clock_end();
    return 0;
}

// How many of `count` messages from each of 250 networks are admitted.
static unsigned
admitted_of_networks(enum hp_throttle_lane lane, unsigned count)
{
    unsigned good = 0;
    for (unsigned i = 0; i < 250; i++) {
        char ip[32];
        snprintf(ip, sizeof(ip), "203.%u.1.1", i);
        good += admitted(lane, ip, count);
    }
    return good;
}

static void
a_network_of_strangers_has_a_limit_of_its_own(void **state)
{
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "198.51.100.9", 150), 150);
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "198.51.100.200", 100),
            HP_THROTTLE_STRANGER_NETWORK_BURST - 150);
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "198.51.101.9", 100), 100);
    client_clock_pass_s(1);
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "198.51.100.9", 100),
            HP_THROTTLE_STRANGER_NETWORK_PER_S);
}

static void
a_home_of_ipv6_is_one_network(void **state)
{
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "2001:db8:1:100::1", 300),
            HP_THROTTLE_STRANGER_NETWORK_BURST);
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "2001:db8:1:1ff::1", 300), 0);
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "2001:db8:1:200::1", 10), 10);
}

static void
all_strangers_together_have_a_limit(void **state)
{
    assert_int_equal(
            admitted_of_networks(HP_THROTTLE_STRANGER, 10), HP_THROTTLE_STRANGER_TOTAL_PER_S);
}

static void
strangers_take_nothing_from_connections_and_the_proven(void **state)
{
    admitted_of_networks(HP_THROTTLE_STRANGER, 300);
    assert_int_equal(admitted(HP_THROTTLE_STRANGER, "203.1.1.1", 10), 0);
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "203.1.1.1", 3000),
            HP_THROTTLE_CONNECTION_BURST);
    assert_int_equal(admitted(HP_THROTTLE_PROVEN, "203.1.1.1", 3000), HP_THROTTLE_PROVEN_BURST);
}

static void
a_connection_does_not_suffer_from_its_neighbour(void **state)
{
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "198.51.100.9", 3000),
            HP_THROTTLE_CONNECTION_BURST);
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "198.51.100.10", 100), 100);
    client_clock_pass_s(1);
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "198.51.100.9", 3000),
            HP_THROTTLE_CONNECTION_PER_S);
}

static void
a_flood_of_five_hundred_a_second_takes_nothing_from_others_of_its_address(void **state)
{
    for (unsigned second = 0; second < 30; second++) {
        assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "198.51.100.9", 500), 500);
        assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "198.51.100.9", 100), 100);
        client_clock_pass_s(1);
    }
}

static void
a_room_of_hundreds_behind_one_address_may_ask_at_once(void **state)
{
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "198.51.100.9", 3 * 500), 3 * 500);
    assert_int_equal(admitted(HP_THROTTLE_PROVEN, "198.51.100.9", 500), 500);
}

static void
connections_of_a_host_of_ipv6_share_a_limit(void **state)
{
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "2001:db8:1:100::1", 3000),
            HP_THROTTLE_CONNECTION_BURST);
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "2001:db8:1:100:1::1", 10), 0);
    assert_int_equal(admitted(HP_THROTTLE_CONNECTION, "2001:db8:1:101::1", 10), 10);
}

static void
a_network_of_connections_has_a_limit_far_above(void **state)
{
    unsigned good = 0;
    for (unsigned i = 1; i < 100; i++) {
        char ip[32];
        snprintf(ip, sizeof(ip), "198.51.100.%u", i);
        good += admitted(HP_THROTTLE_CONNECTION, ip, 200);
    }
    assert_int_equal(good, HP_THROTTLE_CONNECTION_BURST * HP_THROTTLE_NETWORK_FACTOR);
}

static void
all_connections_together_have_a_limit(void **state)
{
    assert_int_equal(admitted_of_networks(HP_THROTTLE_CONNECTION, 60), HP_THROTTLE_TOTAL_PER_S);
}

#define THROTTLE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        THROTTLE_TEST(a_network_of_strangers_has_a_limit_of_its_own),
        THROTTLE_TEST(a_home_of_ipv6_is_one_network),
        THROTTLE_TEST(all_strangers_together_have_a_limit),
        THROTTLE_TEST(strangers_take_nothing_from_connections_and_the_proven),
        THROTTLE_TEST(a_connection_does_not_suffer_from_its_neighbour),
        THROTTLE_TEST(a_flood_of_five_hundred_a_second_takes_nothing_from_others_of_its_address),
        THROTTLE_TEST(a_room_of_hundreds_behind_one_address_may_ask_at_once),
        THROTTLE_TEST(connections_of_a_host_of_ipv6_share_a_limit),
        THROTTLE_TEST(a_network_of_connections_has_a_limit_far_above),
        THROTTLE_TEST(all_connections_together_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

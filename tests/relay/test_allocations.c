// Tests of relay/allocations.c.
#include "relay/allocations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/client.h"

static const int64_t second_us = 1000000;

static struct hp_flow
flow_of(const char *ip, uint16_t port)
{
    struct hp_flow flow = { .remote = client_addr(ip, port), .local = client_addr("10.0.0.1", 8080) };
    return flow;
}

static struct hp_allocation *
add(struct hp_allocations *all, const char *ip, uint16_t port, const char *name)
{
    struct hp_flow flow = flow_of(ip, port);
    const struct hp_relayed_wish wish = { .port = 0 };
    struct hp_allocation *allocation = hp_allocations_add(all, &flow, name, &wish, 0);
    if (allocation != NULL) {
        hp_allocation_refresh(allocation, 0, 0);
    }
    return allocation;
}

static struct hp_allocation *
find(struct hp_allocations *all, const char *ip, uint16_t port, int64_t now_s)
{
    struct hp_flow flow = flow_of(ip, port);
    return hp_allocations_find(all, &flow, now_s * second_us);
}

static void
an_allocation_is_found_by_the_whole_way_to_its_client(void **state)
{
    struct hp_allocations all;
    hp_allocations_init(&all);
    struct hp_allocation *first = add(&all, "198.51.100.9", 5000, "1:a");
    struct hp_allocation *second = add(&all, "198.51.100.9", 5001, "1:a");
    struct hp_flow other_local = flow_of("198.51.100.9", 5000);
    other_local.local.port++;
    assert_ptr_equal(find(&all, "198.51.100.9", 5000, 0), first);
    assert_ptr_equal(find(&all, "198.51.100.9", 5001, 0), second);
    assert_null(find(&all, "198.51.100.8", 5000, 0));
    assert_null(hp_allocations_find(&all, &other_local, 0));
    hp_allocations_finish(&all);
}

static void
an_allocation_lives_for_its_lifetime(void **state)
{
    struct hp_allocations all;
    hp_allocations_init(&all);
    struct hp_allocation *allocation = add(&all, "198.51.100.9", 5000, "1:a");
    assert_int_equal(allocation->lifetime_s, 600);
    hp_allocation_refresh(allocation, 100000, 0);
    assert_int_equal(allocation->lifetime_s, 3600);
    hp_allocation_refresh(allocation, 700, 100 * second_us);
    assert_ptr_equal(find(&all, "198.51.100.9", 5000, 799), allocation);
    assert_null(find(&all, "198.51.100.9", 5000, 800));
    assert_int_equal(hp_allocations_count(&all), 0);
    hp_allocations_finish(&all);
}

static void
a_sweep_removes_what_has_expired(void **state)
{
    struct hp_allocations all;
    hp_allocations_init(&all);
    add(&all, "198.51.100.9", 5000, "1:a");
    hp_allocation_refresh(add(&all, "198.51.100.9", 5001, "1:a"), 601, 0);
    hp_allocations_sweep(&all, 600 * second_us);
    assert_int_equal(hp_allocations_count(&all), 1);
    assert_non_null(find(&all, "198.51.100.9", 5001, 600));
    hp_allocations_finish(&all);
}

static void
relayed_addresses_differ_and_are_of_no_network(void **state)
{
    struct hp_allocations all;
    hp_allocations_init(&all);
    struct hp_allocation *first = add(&all, "198.51.100.9", 5000, "1:a");
    struct hp_allocation *second = add(&all, "198.51.100.9", 5001, "1:a");
    struct hp_addr dummy = client_addr("192.0.0.8", first->relayed.port);
    assert_true(hp_addr_equal(&first->relayed, &dummy));
    assert_int_not_equal(first->relayed.port, second->relayed.port);
    all.next_port = first->relayed.port; // as after all ports have been used
    struct hp_allocation *third = add(&all, "198.51.100.9", 5002, "1:a");
    assert_int_not_equal(third->relayed.port, first->relayed.port);
    assert_int_not_equal(third->relayed.port, second->relayed.port);
    hp_allocations_finish(&all);
}

static void
an_even_port_has_the_next_one_free(void **state)
{
    struct hp_allocations all;
    struct hp_flow flow = flow_of("198.51.100.9", 6000), other = flow_of("198.51.100.9", 6001);
    const struct hp_relayed_wish even = { .is_even = true }, any = { .port = 0 };
    hp_allocations_init(&all);
    struct hp_allocation *taken = add(&all, "198.51.100.9", 5000, "1:a");
    assert_int_equal(taken->relayed.port % 2, 0);
    all.next_port = taken->relayed.port - 1;
    uint16_t port = hp_allocations_add(&all, &flow, "1:a", &even, 0)->relayed.port;
    assert_int_equal(port, taken->relayed.port + 2);
    assert_int_not_equal(hp_reservations_add(&all.reservations, port + 1, 0), 0);
    assert_int_equal(hp_allocations_add(&all, &other, "1:a", &any, 0)->relayed.port, port + 2);
    hp_allocations_finish(&all);
}

static void
a_session_has_a_quota_whenever_its_names_expire(void **state)
{
    struct hp_allocations all;
    char name[16];
    hp_allocations_init(&all);
    for (uint16_t i = 0; i < HP_ALLOCATIONS_PER_SESSION; i++) {
        snprintf(name, sizeof(name), "%u:a", i);
        assert_non_null(add(&all, "198.51.100.9", (uint16_t) (5000 + i), name));
    }
    assert_null(add(&all, "198.51.100.10", 5000, "99:a"));
    assert_non_null(add(&all, "198.51.100.10", 5000, "99:aa"));
    assert_non_null(add(&all, "198.51.100.10", 5001, "99")); // a name without an id
    hp_allocations_finish(&all);
}

static void
addresses_of_one_network_of_ipv6_share_a_quota(void **state)
{
    struct hp_allocations all;
    char name[16], ip[48];
    unsigned good = 0;
    hp_allocations_init(&all);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "1:%u", i);
        snprintf(ip, sizeof(ip), "2001:db8:0:1::%x", i + 1);
        good += add(&all, ip, 5000, name) != NULL;
    }
    assert_int_equal(good, HP_ALLOCATIONS_PER_ADDRESS);
    assert_non_null(add(&all, "2001:db8:0:2::1", 5000, "1:other"));
    assert_non_null(add(&all, "198.51.100.9", 5000, "1:third"));
    hp_allocations_finish(&all);
}

static void
a_name_has_a_quota(void **state)
{
    struct hp_allocations all;
    hp_allocations_init(&all);
    for (uint16_t i = 0; i < HP_ALLOCATIONS_PER_SESSION; i++) {
        assert_non_null(add(&all, "198.51.100.9", (uint16_t) (5000 + i), "1:a"));
    }
    assert_null(add(&all, "198.51.100.10", 5000, "1:a"));
    assert_non_null(add(&all, "198.51.100.9", 6000, "1:b"));
    hp_allocations_finish(&all);
}

static void
an_address_has_a_quota_and_so_have_all(void **state)
{
    struct hp_allocations all;
    char name[16], ip[32];
    unsigned good = 0;
    hp_allocations_init(&all);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "1:%u", i);
        good += add(&all, "198.51.100.9", (uint16_t) (5000 + i), name) != NULL;
    }
    assert_int_equal(good, HP_ALLOCATIONS_PER_ADDRESS);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(ip, sizeof(ip), "198.51.%u.9", 101 + i % 100);
        snprintf(name, sizeof(name), "2:%u", i);
        good += add(&all, ip, (uint16_t) (5000 + i), name) != NULL;
    }
    assert_int_equal(good, HP_ALLOCATIONS_MAX);
    hp_allocations_finish(&all);
}

static void
a_session_takes_its_allocations_with_it(void **state)
{
    struct hp_allocations all;
    hp_allocations_init(&all);
    add(&all, "198.51.100.9", 5000, "1:ann");
    add(&all, "198.51.100.9", 5001, "2:ann");
    add(&all, "198.51.100.9", 5002, "1:anna");
    hp_allocations_remove_id(&all, "ann");
    assert_int_equal(hp_allocations_count(&all), 1);
    assert_non_null(find(&all, "198.51.100.9", 5002, 0));
    hp_allocations_finish(&all);
}

static void
a_permission_is_for_an_address_and_five_minutes(void **state)
{
    struct hp_allocation allocation = { .permission_count = 0 };
    struct hp_addr peer = client_addr("10.0.0.1", 8080), other = client_addr("10.0.0.2", 8080);
    struct hp_addr other_port = client_addr("10.0.0.1", 1);
    assert_true(hp_allocation_permit(&allocation, &peer, 0));
    assert_true(hp_allocation_permits(&allocation, &other_port, 299 * second_us));
    assert_false(hp_allocation_permits(&allocation, &other, 0));
    assert_false(hp_allocation_permits(&allocation, &peer, 300 * second_us));
    assert_true(hp_allocation_permit(&allocation, &peer, 200 * second_us));
    assert_int_equal(allocation.permission_count, 1);
    assert_true(hp_allocation_permits(&allocation, &peer, 499 * second_us));
}

static void
permissions_are_bounded_and_their_places_used_again(void **state)
{
    struct hp_allocation allocation = { .permission_count = 0 };
    char ip[32];
    for (unsigned i = 0; i < HP_ALLOCATION_PERMISSIONS_MAX; i++) {
        snprintf(ip, sizeof(ip), "10.0.0.%u", i);
        struct hp_addr peer = client_addr(ip, 1);
        assert_true(hp_allocation_permit(&allocation, &peer, 0));
    }
    struct hp_addr next = client_addr("10.0.1.1", 1);
    assert_false(hp_allocation_permit(&allocation, &next, 0));
    assert_true(hp_allocation_permit(&allocation, &next, 300 * second_us));
    assert_int_equal(allocation.permission_count, HP_ALLOCATION_PERMISSIONS_MAX);
}

static void
a_channel_is_bound_to_one_peer_and_permits_it(void **state)
{
    struct hp_allocation allocation = { .permission_count = 0 };
    struct hp_addr peer = client_addr("10.0.0.1", 8080), other = client_addr("10.0.0.2", 8080);
    assert_int_equal(hp_allocation_bind(&allocation, 0x4000, &peer, 0), HP_CHANNEL_BOUND);
    assert_int_equal(hp_allocation_bind(&allocation, 0x4000, &peer, 0), HP_CHANNEL_BOUND);
    assert_int_equal(allocation.channel_count, 1);
    assert_int_equal(hp_allocation_bind(&allocation, 0x4000, &other, 0), HP_CHANNEL_CONFLICT);
    assert_int_equal(hp_allocation_bind(&allocation, 0x4001, &peer, 0), HP_CHANNEL_CONFLICT);
    assert_true(hp_allocation_permits(&allocation, &peer, 0));
    assert_false(hp_allocation_permits(&allocation, &other, 0));
    assert_non_null(hp_allocation_find_number(&allocation, 0x4000, 599 * second_us));
    assert_non_null(hp_allocation_find_peer(&allocation, &peer, 599 * second_us));
    assert_null(hp_allocation_find_number(&allocation, 0x4000, 600 * second_us));
    assert_null(hp_allocation_find_peer(&allocation, &peer, 600 * second_us));
    assert_null(hp_allocation_find_number(&allocation, 0x4001, 0));
    assert_int_equal(
            hp_allocation_bind(&allocation, 0x4000, &other, 600 * second_us), HP_CHANNEL_BOUND);
}

static void
channels_are_bounded(void **state)
{
    struct hp_allocation allocation = { .permission_count = 0 };
    for (uint16_t i = 0; i < HP_ALLOCATION_CHANNELS_MAX; i++) {
        struct hp_addr peer = client_addr("10.0.0.1", (uint16_t) (1024 + i));
        assert_int_equal(hp_allocation_bind(&allocation, (uint16_t) (0x4000 + i), &peer, 0),
                HP_CHANNEL_BOUND);
    }
    struct hp_addr next = client_addr("10.0.0.1", 80);
    assert_int_equal(hp_allocation_bind(&allocation, 0x5000, &next, 0), HP_CHANNEL_FULL);
    assert_int_equal(
            hp_allocation_bind(&allocation, 0x5000, &next, 600 * second_us), HP_CHANNEL_BOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocation_is_found_by_the_whole_way_to_its_client),
        cmocka_unit_test(an_allocation_lives_for_its_lifetime),
        cmocka_unit_test(a_sweep_removes_what_has_expired),
        cmocka_unit_test(relayed_addresses_differ_and_are_of_no_network),
        cmocka_unit_test(an_even_port_has_the_next_one_free),
        cmocka_unit_test(a_session_has_a_quota_whenever_its_names_expire),
        cmocka_unit_test(addresses_of_one_network_of_ipv6_share_a_quota),
        cmocka_unit_test(a_name_has_a_quota),
        cmocka_unit_test(an_address_has_a_quota_and_so_have_all),
        cmocka_unit_test(a_session_takes_its_allocations_with_it),
        cmocka_unit_test(a_permission_is_for_an_address_and_five_minutes),
        cmocka_unit_test(permissions_are_bounded_and_their_places_used_again),
        cmocka_unit_test(a_channel_is_bound_to_one_peer_and_permits_it),
        cmocka_unit_test(channels_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

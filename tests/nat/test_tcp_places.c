// Tests of nat/tcp_places.c.
#include "nat/tcp_places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
add(struct hp_tcp_places *places, const char *text, uint16_t port)
{
    struct hp_addr addr;
    struct sockaddr_storage address;
    assert_true(hp_addr_parse(&addr, text, port));
    hp_addr_to_sockaddr(&addr, &address);
    hp_tcp_places_add(places, &address);
}

static uint16_t
find(const struct hp_tcp_places *places, const char *text)
{
    struct hp_addr addr;
    assert_true(hp_addr_parse(&addr, text, 9));
    return hp_tcp_places_find(places, &addr).list[0];
}

static void
an_address_is_reached_only_where_we_listen(void **state)
{
    (void) state;
    struct hp_tcp_places places = { 0 };
    assert_int_equal(find(&places, "192.0.2.1"), 0);
    add(&places, "127.0.0.1", 8080);
    add(&places, "192.0.2.1", 8081);
    add(&places, "2001:db8::1", 8082);
    assert_int_equal(find(&places, "127.0.0.1"), 8080);
    assert_int_equal(find(&places, "192.0.2.1"), 8081);
    assert_int_equal(find(&places, "192.0.2.2"), 0);
    assert_int_equal(find(&places, "2001:db8::1"), 8082);
    assert_int_equal(find(&places, "::1"), 0);
}

static void
the_address_for_all_stands_for_its_own_family(void **state)
{
    (void) state;
    struct hp_tcp_places ipv4 = { 0 }, ipv6 = { 0 };
    add(&ipv4, "0.0.0.0", 8080);
    add(&ipv6, "::", 8080);
    assert_int_equal(find(&ipv4, "192.0.2.1"), 8080);
    assert_int_equal(find(&ipv4, "2001:db8::1"), 0);
    assert_int_equal(find(&ipv6, "192.0.2.1"), 0);
    assert_int_equal(find(&ipv6, "2001:db8::1"), 8080);
}

static void
no_router_reaches_loopback(void **state)
{
    (void) state;
    struct hp_tcp_places places = { 0 };
    add(&places, "127.0.0.1", 8080);
    add(&places, "::1", 8080);
    assert_int_equal(hp_tcp_places_outside(&places).list[0], 0);
    add(&places, "192.0.2.1", 8081);
    assert_int_equal(hp_tcp_places_outside(&places).list[0], 8081);
}

static void
an_address_has_all_its_ports_in_their_order(void **state)
{
    (void) state;
    struct hp_tcp_places places = { 0 };
    struct hp_addr addr;
    assert_true(hp_addr_parse(&addr, "192.0.2.1", 9));
    add(&places, "0.0.0.0", 8080);
    add(&places, "192.0.2.1", 8080);
    add(&places, "192.0.2.1", 443);
    add(&places, "192.0.2.2", 444);
    struct hp_tcp_ports here = hp_tcp_places_find(&places, &addr);
    assert_int_equal(here.list[0], 8080);
    assert_int_equal(here.list[1], 443);
    assert_int_equal(here.list[2], 0);
    struct hp_tcp_ports outside = hp_tcp_places_outside(&places);
    assert_int_equal(outside.list[2], 444);
    add(&places, "192.0.2.2", 445); // more than are offered
    outside = hp_tcp_places_outside(&places);
    assert_int_equal(outside.list[2], 444);
}

static void
too_many_places_are_left_out(void **state)
{
    (void) state;
    struct hp_tcp_places places = { 0 };
    for (unsigned i = 0; i < HP_TCP_PLACES_MAX; i++) {
        add(&places, "127.0.0.1", (uint16_t) (1 + i));
    }
    add(&places, "192.0.2.1", 8081);
    assert_int_equal(places.count, HP_TCP_PLACES_MAX);
    assert_int_equal(find(&places, "192.0.2.1"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_reached_only_where_we_listen),
        cmocka_unit_test(the_address_for_all_stands_for_its_own_family),
        cmocka_unit_test(no_router_reaches_loopback),
        cmocka_unit_test(an_address_has_all_its_ports_in_their_order),
        cmocka_unit_test(too_many_places_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
